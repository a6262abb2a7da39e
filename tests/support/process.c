/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: child processes whose memory or whose privileges are not the test's own. */
#include "process.h"

#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <uffd/raw.h>

#define NOBODY 65534

struct handover {
	int error;
	int fd;
	void *at;
};

static void own(struct handover *h, uint64_t features, uint64_t mode, size_t length, int ready)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	h->at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	h->fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);
	h->error = h->fd < 0 ? h->fd : uffd_raw_api(h->fd, features, NULL, NULL);
	if (h->error == 0)
		h->error = uffd_raw_register(h->fd, (uintptr_t)h->at, length, mode, NULL);
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

void owner_start(struct owner *o, uint64_t features, uint64_t mode, size_t pages)
{
	struct handover *h =
		mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int ready[2];
	char c;

	ck_assert_msg(h != MAP_FAILED, "mmap: %s", strerror(errno));
	close(test_uffd(features)); /* skips where there is none */
	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	/* CLONE_FILES: what the child opens is open here too. */
	o->pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (o->pid == 0)
		own(h, features, mode, pages * page, ready[1]);
	ck_assert_msg(o->pid > 0, "clone: %s", strerror(errno));
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	ck_assert_int_eq(h->error, 0);
	o->fd = h->fd;
	o->memory =
		(struct test_memory){.at = h->at, .length = pages * page, .page = page, .fd = -1};
	munmap(h, sizeof(*h));
}

void owner_end(struct owner *o)
{
	kill(o->pid, SIGKILL);
	ck_assert_int_eq(waitpid(o->pid, NULL, 0), o->pid);
}

int run_unprivileged(int (*fn)(void *arg), void *arg)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		/* From root this also drops every capability. */
		if (geteuid() == 0 && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
				       setresuid(NOBODY, NOBODY, NOBODY)))
			_exit(127);
		_exit(fn(arg));
	}
	ck_assert_msg(pid > 0, "fork: %s", strerror(errno));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "the unprivileged child died, status 0x%x", status);
	return WEXITSTATUS(status);
}
