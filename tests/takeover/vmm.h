/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: another process, whose memory is served: it does what the test tells it, a thread for each
 * thing, and says what it saw. Its threads live as long as it does.
 * Must never: use a descriptor of the test's; it has its own copies.
 */
#ifndef VMM_H
#define VMM_H

#include "serve.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/futex.h>

#include <uffd/raw.h>

#define VMM_THREADS 8u

enum vmm_op { VMM_READ, VMM_WRITE, VMM_DISCARD };

/* What a page has in it, every byte of it. */
enum vmm_saw { SAW_CONTENT = 1, SAW_ZEROS, SAW_WRITTEN, SAW_SIGBUS, SAW_SOMETHING_ELSE };

struct vmm_thread {
	_Atomic uint32_t asked; /* a futex: counts what it was told */
	_Atomic uint32_t done;  /* counts what it has done */
	_Atomic uint32_t tid;
	enum vmm_op op;
	uint64_t page, count;
	uint8_t value;
	enum vmm_saw saw;
};

/* What both processes see. */
struct vmm_shared {
	_Atomic int uffd; /* the owner's descriptor, -1: not yet */
	int error;
	struct vmm_thread threads[VMM_THREADS];
};

struct vmm {
	pid_t pid;
	int uffd; /* the test's own copy */
	uint64_t features;
	uint8_t *at; /* in its address space; here it is not to be touched */
	size_t page, pages;
	uint64_t backing;
	struct vmm_shared *shared;
	void (*work)(struct vmm *v, unsigned int thread); /* NULL: does what it is told */
};

/* Of memory that both processes have: util/futex.h is for one. */
static inline void vmm_sleep(_Atomic uint32_t *at, uint32_t seen)
{
	syscall(SYS_futex, at, FUTEX_WAIT, seen, NULL, NULL, 0);
}

static inline void vmm_wake(_Atomic uint32_t *at)
{
	syscall(SYS_futex, at, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

static _Thread_local sigjmp_buf vmm_jump;

static inline void vmm_on_sigbus(int signal)
{
	(void)signal;
	siglongjmp(vmm_jump, 1);
}

/* Looks at a page of its own: value is what it may have been overwritten with. */
static inline enum vmm_saw vmm_look(const struct vmm *v, uint64_t page, uint8_t value)
{
	const volatile uint8_t *at = v->at + page * v->page;

	if (sigsetjmp(vmm_jump, 1))
		return SAW_SIGBUS;
	if (content_is(at, page * v->page, v->page))
		return SAW_CONTENT;
	if (all_zero(at, v->page))
		return SAW_ZEROS;
	for (size_t i = 0; i < v->page; i++)
		if (at[i] != value)
			return SAW_SOMETHING_ELSE;
	return SAW_WRITTEN;
}

static inline void vmm_do(struct vmm *v, struct vmm_thread *t)
{
	uint8_t *at = v->at + t->page * v->page;

	switch (t->op) {
	case VMM_READ:
		t->saw = vmm_look(v, t->page, t->value);
		break;
	case VMM_WRITE:
		memset(at, t->value, t->count * v->page);
		break;
	case VMM_DISCARD:
		madvise(at, t->count * v->page, MADV_DONTNEED);
		break;
	}
}

struct vmm_start {
	struct vmm *v;
	unsigned int thread;
};

static inline void *vmm_thread_main(void *arg)
{
	struct vmm_start *start = arg;
	struct vmm_thread *t = &start->v->shared->threads[start->thread];
	uint32_t seen = 0;

	atomic_store(&t->tid, (uint32_t)syscall(SYS_gettid));
	if (start->v->work) {
		start->v->work(start->v, start->thread);
		return NULL;
	}
	for (;;) {
		while (atomic_load(&t->asked) == seen)
			vmm_sleep(&t->asked, seen);
		seen++;
		vmm_do(start->v, t);
		atomic_fetch_add(&t->done, 1);
	}
}

static inline int vmm_open(struct vmm *v)
{
	int fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);
	int ret = fd < 0 ? fd : uffd_raw_api(fd, v->features, NULL, NULL);

	if (ret == 0)
		ret = uffd_raw_register(fd, (uintptr_t)v->at, v->pages * v->page,
					UFFDIO_REGISTER_MODE_MISSING, NULL);
	v->shared->error = ret;
	return fd;
}

/* The life of the owner. */
static inline void vmm_main(struct vmm *v)
{
	static struct vmm_start starts[VMM_THREADS];
	struct sigaction action = {.sa_handler = vmm_on_sigbus};
	pthread_t thread;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGBUS, &action, NULL);
	fd = vmm_open(v);
	for (unsigned int i = 0; i < VMM_THREADS; i++) {
		starts[i] = (struct vmm_start){v, i};
		if (pthread_create(&thread, NULL, vmm_thread_main, &starts[i]))
			_exit(1);
	}
	atomic_store(&v->shared->uffd, fd);
	for (;;)
		pause();
}

/*
 * Starts it. Memory of ordinary pages, or private huge ones (LIBUFFD_BACKING_HUGETLB_PRIVATE);
 * skips where there are none.
 */
static inline void vmm_make(struct vmm *v, uint32_t backing, size_t pages, uint64_t features,
			    void (*work)(struct vmm *v, unsigned int thread))
{
	struct test_memory m;
	int pidfd;

	close(test_uffd(features)); /* skips where there is none */
	test_memory_make(&m, backing, pages);
	*v = (struct vmm){.features = features,
			  .at = m.at,
			  .page = m.page,
			  .pages = pages,
			  .backing = backing,
			  .work = work};
	v->shared = mmap(NULL, sizeof(*v->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(v->shared != MAP_FAILED);
	atomic_store(&v->shared->uffd, -1);
	v->pid = fork();
	if (v->pid == 0)
		vmm_main(v);
	ck_assert_int_gt(v->pid, 0);
	/* The memory is the owner's alone. */
	test_memory_free(&m);
	WAIT_UNTIL(atomic_load(&v->shared->uffd) >= 0);
	ck_assert_int_eq(v->shared->error, 0);
	pidfd = (int)syscall(SYS_pidfd_open, v->pid, 0);
	ck_assert_int_ge(pidfd, 0);
	v->uffd = (int)syscall(SYS_pidfd_getfd, pidfd, atomic_load(&v->shared->uffd), 0);
	ck_assert_msg(v->uffd >= 0, "pidfd_getfd: %s", strerror(errno));
	close(pidfd);
}

/* Kills it. The descriptor that the test kept is closed unless somebody else has it. */
static inline void vmm_end(struct vmm *v)
{
	kill(v->pid, SIGKILL);
	ck_assert_int_eq(waitpid(v->pid, NULL, 0), v->pid);
	munmap(v->shared, sizeof(*v->shared));
	if (v->uffd >= 0)
		close(v->uffd);
}

/* Tells a thread, which is at leisure, what to do. */
static inline void vmm_ask(struct vmm *v, unsigned int thread, enum vmm_op op, uint64_t page,
			   uint64_t count, uint8_t value)
{
	struct vmm_thread *t = &v->shared->threads[thread];

	ck_assert_uint_eq(atomic_load(&t->asked), atomic_load(&t->done));
	t->op = op;
	t->page = page;
	t->count = count;
	t->value = value;
	atomic_fetch_add(&t->asked, 1);
	vmm_wake(&t->asked);
}

static inline bool vmm_is_done(const struct vmm *v, unsigned int thread)
{
	const struct vmm_thread *t = &v->shared->threads[thread];

	return atomic_load(&t->asked) == atomic_load(&t->done);
}

static inline enum vmm_saw vmm_wait(struct vmm *v, unsigned int thread)
{
	WAIT_UNTIL(vmm_is_done(v, thread));
	return v->shared->threads[thread].saw;
}

/* The same in one. */
static inline enum vmm_saw vmm_reads(struct vmm *v, uint64_t page, uint8_t value)
{
	vmm_ask(v, 0, VMM_READ, page, 1, value);
	return vmm_wait(v, 0);
}

static inline void vmm_writes(struct vmm *v, uint64_t page, uint64_t count, uint8_t value)
{
	vmm_ask(v, 0, VMM_WRITE, page, count, value);
	vmm_wait(v, 0);
}

static inline void vmm_discards(struct vmm *v, uint64_t page, uint64_t count)
{
	vmm_ask(v, 0, VMM_DISCARD, page, count, 0);
	vmm_wait(v, 0);
}

/* Whether a thread sleeps in what it was told, and is not on its way there. */
static inline bool vmm_is_asleep(const struct vmm *v, unsigned int thread)
{
	char path[96], line[256] = "", *end;
	FILE *f;

	if (vmm_is_done(v, thread))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task/%u/stat", v->pid,
		 atomic_load(&v->shared->threads[thread].tid));
	f = fopen(path, "re");
	if (f) {
		line[fread(line, 1, sizeof(line) - 1, f)] = '\0';
		fclose(f);
	}
	end = strrchr(line, ')');
	return end && (end[2] == 'S' || end[2] == 'D') && !vmm_is_done(v, thread);
}

#endif
