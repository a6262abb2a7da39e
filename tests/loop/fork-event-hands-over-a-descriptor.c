/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * EVENT_FORK: the callback gets the child's userfaultfd, with which the child's memory can be
 * served; without a callback the loop is refused.
 */
#include "serve.h"

#include <sys/wait.h>

#define PAGES 8

static struct served s;
static _Atomic int child_fd = -1;

static void on_event(struct uffd_ctx *ctx, const struct uffd_event *event, void *user)
{
	(void)ctx;
	(void)user;
	if (event->kind == LIBUFFD_EVENT_FORK)
		atomic_store(&child_fd, event->fd);
}

static void fork_event_hands_over_a_descriptor(void)
{
	struct uffd_loop_opts opts = serve_loop_opts();
	struct uffd_region_opts foreign = {.size = sizeof(foreign),
					   .fault = served_fault,
					   .user = &s,
					   .flags = LIBUFFD_REGION_FOREIGN |
						    LIBUFFD_REGION_REGISTERED,
					   .backing = LIBUFFD_BACKING_ANON,
					   .page_size = (uint64_t)sysconf(_SC_PAGESIZE)};
	struct uffd_region *region;
	struct uffd_ctx *adopted;
	struct uffd_loop *loop, *refused;
	int status, ready[2];
	pid_t pid;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_FORK, LIBUFFD_MISSING,
	      (struct uffd_region_opts){0});
	ck_assert_int_eq(uffd_loop_open(&refused, s.ctx, &opts), -EINVAL);
	opts.event = on_event;
	s.loop = serve_start(s.ctx, &opts);
	ck_assert(served_right(&s, 0));
	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		char c;

		/* Not before the parent serves it: closing the last copy would make zeros of it. */
		if (read(ready[0], &c, 1) != 1)
			_exit(2);
		for (size_t k = 0; k < s.m.length; k++)
			if (((volatile uint8_t *)s.m.at)[k] != s.content[k])
				_exit(1);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	WAIT_UNTIL(atomic_load(&child_fd) >= 0);
	ck_assert_int_eq(uffd_ctx_adopt(&adopted, atomic_load(&child_fd),
					uffd_ctx_features(s.ctx) & ~UFFD_FEATURE_EVENT_FORK, NULL),
			 0);
	ck_assert_int_eq(
		uffd_region_add(&region, adopted, s.m.at, s.m.length, LIBUFFD_MISSING, &foreign),
		0);
	loop = serve_start(adopted, NULL);
	ck_assert_int_eq(write(ready[1], "", 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child: 0x%x", status);
	ck_assert_uint_eq(stats_of(s.ctx).events_fork, 1);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	close(ready[0]);
	close(ready[1]);
	ck_assert_int_eq(uffd_loop_close(loop), 0);
	ck_assert_int_eq(uffd_ctx_close(adopted, LIBUFFD_CLOSE_DROP), 0);
	serve_end(&s);
}

TEST_MAIN(fork_event_hands_over_a_descriptor)
