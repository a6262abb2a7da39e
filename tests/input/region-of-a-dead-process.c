/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Memory whose owner is gone is ESRCH, at once and for everything that had been claimed. */
#include "input.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define PAGES 8

struct shared {
	_Atomic int fd;
	void *at;
};

/* A process of its own memory that shares our descriptors. */
static pid_t owner_start(struct shared *s, size_t length)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0) {
		int fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		s->at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			     0);
		if (fd < 0 || uffd_raw_api(fd, UFFD_FEATURE_POISON, NULL, NULL))
			_exit(1);
		atomic_store(&s->fd, fd);
		for (;;)
			pause();
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

static void dead_owner(void)
{
	struct shared *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct uffd_loop_opts loop_opts = {.size = sizeof(loop_opts), .poller = test_poller()};
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct uffd_ctx *ctx = NULL;
	struct uffd_loop *loop = NULL;
	struct uffd_region *r;
	struct uffd_extent e;
	uint8_t content[4096] = {1};
	pid_t pid;
	int fd;

	close(test_uffd(UFFD_FEATURE_POISON));
	atomic_store(&s->fd, -1);
	pid = owner_start(s, PAGES * page);
	while ((fd = atomic_load(&s->fd)) < 0)
		sched_yield();
	EXPECT(uffd_ctx_adopt(&ctx, fd, UFFD_FEATURE_POISON, NULL), 0);
	r = region_make(ctx, s->at, PAGES / 2 * page, LIBUFFD_MISSING,
			(struct uffd_region_opts){.fault = fault_never,
						  .flags = LIBUFFD_REGION_FOREIGN,
						  .backing = LIBUFFD_BACKING_ANON,
						  .page_size = page});
	EXPECT(uffd_loop_open(&loop, ctx, &loop_opts), 0);
	EXPECT(uffd_loop_dispatch(loop, 0), 0);
	EXPECT(uffd_claim(r, 0, page, &e), 0);
	EXPECT(uffd_copy(r, 0, content, page, 0), 0);
	EXPECT(uffd_claim(r, 0, PAGES / 2 * page, &e), 0);

	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	REFUSES_REGION(ctx, (uint8_t *)s->at + PAGES / 2 * page, page, LIBUFFD_MISSING, -ESRCH,
		       .fault = fault_never, .flags = LIBUFFD_REGION_FOREIGN,
		       .backing = LIBUFFD_BACKING_ANON, .page_size = page);
	/* The claim is given up, whichever way it is completed. */
	EXPECT(uffd_copy(r, e.offset, content, page, 0), -ESRCH);
	EXPECT(uffd_copy(r, e.offset, content, page, 0), -ENOLCK);
	EXPECT(uffd_zero(r, e.offset + page, page, 0), -ESRCH);
	EXPECT(uffd_poison(r, e.offset + 2 * page, page), -ESRCH);
	EXPECT(uffd_loop_dispatch(loop, 0), -ESRCH);
	EXPECT(uffd_loop_run(loop), -ESRCH);
	EXPECT(uffd_loop_close(loop), 0);
	/* There is nothing left that could become zeros. */
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(s, sizeof(*s));
}

TEST_MAIN(dead_owner)
