/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: threads that are inside one system call. */
#include "call.h"

#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* What /proc has of a thread, in a string of 256 bytes. */
static bool thread_file(uint32_t tid, const char *name, char *line)
{
	char path[64];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/self/task/%u/%s", tid, name);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(line, 1, 255, f);
	fclose(f);
	line[n] = '\0';
	return true;
}

char thread_letter(uint32_t tid)
{
	char line[256], letter, *end;

	if (!thread_file(tid, "stat", line))
		return '?';
	end = strrchr(line, ')');
	letter = end && end[1] == ' ' ? end[2] : '?';
	/*
	 * A thread takes its letter before it tells the reader of its fault or event, and may lose
	 * its CPU in between. For this file the kernel waits until it sleeps, or says that it runs.
	 */
	if ((letter == 'S' || letter == 'D') && thread_file(tid, "syscall", line) &&
	    !strncmp(line, "running", 7))
		return 'R';
	return letter;
}

static void *run(void *arg)
{
	struct call *c = arg;

	atomic_store(&c->tid, (uint32_t)syscall(SYS_gettid));
	c->result = c->fn(c);
	if (c->result == -1)
		c->result = -errno;
	atomic_store(&c->done, 1);
	return NULL;
}

void call_start(struct call *c)
{
	ck_assert_int_eq(pthread_create(&c->thread, NULL, run, c), 0);
}

static long do_madvise(struct call *c)
{
	return madvise(c->at, c->length, c->number);
}

static long do_munmap(struct call *c)
{
	return munmap(c->at, c->length);
}

static long do_mremap(struct call *c)
{
	/* A reserved place, so that the kernel has to move it. */
	void *to = mmap(NULL, c->length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return (long)mremap(c->at, c->length, c->length, MREMAP_MAYMOVE | MREMAP_FIXED, to);
}

static long do_pwrite(struct call *c)
{
	return pwrite(c->number, c->at, c->length, c->offset);
}

static long do_fork(struct call *c)
{
	/* Not fork(3): that holds locks of the C library, which the reader of the event needs. */
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	(void)c;
	if (pid == 0)
		syscall(SYS_exit_group, 0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid > 0 ? 0 : -1;
}

void call_madvise(struct call *c, void *at, size_t length, int advice)
{
	*c = (struct call){.fn = do_madvise, .at = at, .length = length, .number = advice};
	call_start(c);
}

void call_munmap(struct call *c, void *at, size_t length)
{
	*c = (struct call){.fn = do_munmap, .at = at, .length = length};
	call_start(c);
}

void call_mremap(struct call *c, void *at, size_t length)
{
	*c = (struct call){.fn = do_mremap, .at = at, .length = length};
	call_start(c);
}

void call_pwrite(struct call *c, int fd, void *from, size_t length, off_t offset)
{
	*c = (struct call){
		.fn = do_pwrite, .at = from, .length = length, .number = fd, .offset = offset};
	call_start(c);
}

void call_fork(struct call *c)
{
	*c = (struct call){.fn = do_fork};
	call_start(c);
}

bool call_asleep(struct call *c)
{
	for (;;) {
		uint32_t tid = atomic_load(&c->tid);
		char letter;

		if (atomic_load(&c->done))
			return false;
		/* Event waits are killable ('D'), faults of system calls interruptible ('S'). */
		letter = tid ? thread_letter(tid) : '?';
		if (letter == 'S' || letter == 'D')
			return !atomic_load(&c->done); /* asleep in the call, not after it */
		sched_yield();
	}
}

long call_join(struct call *c)
{
	pthread_join(c->thread, NULL);
	return c->result;
}
