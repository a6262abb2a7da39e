/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A process that makes a state file, adds regions and removes them, is killed at any moment: the
 * next one is never refused the file, finds each range as a whole or not at all, and with all of
 * them added it may have its loop.
 */
#include "local.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define ROUNDS  80u
#define REGIONS 6u
#define EACH    40u /* pages: two words and a half */

static uint8_t *memory;
static size_t page;
static _Atomic uint64_t *steps; /* of the process that is killed */

/* The first error. Whoever is killed counts each thing that it does. */
static int add_all(struct uffd_ctx *ctx, struct uffd_region **r)
{
	int ret = 0;

	for (unsigned int i = 0; i < REGIONS && ret == 0; i++) {
		ret = local_add(&r[i], ctx, memory + i * EACH * page, EACH * page);
		atomic_fetch_add(steps, 1);
	}
	return ret;
}

static void comes_and_goes(int state)
{
	struct uffd_region *r[REGIONS];
	struct uffd_ctx *ctx;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (local_try(&ctx, state, UFFD_FEATURE_EVENT_REMOVE) || add_all(ctx, r))
		_exit(1);
	for (unsigned int n = 0;; n = (n + 1) % REGIONS) {
		if (uffd_demand(r[n], n * page, 3 * page, NULL) ||
		    uffd_region_remove(r[n], LIBUFFD_CLOSE_DROP) ||
		    local_add(&r[n], ctx, memory + n * EACH * page, EACH * page))
			_exit(2);
		atomic_fetch_add(steps, 1);
	}
}

/* Nothing but what was done to it: pages are empty, or complete where somebody asked for them. */
static void expect_good(int state)
{
	struct uffd_region *r[REGIONS];
	struct uffd_ctx *ctx = local_ctx(state);

	ck_assert_int_eq(add_all(ctx, r), 0);
	ck_assert_int_eq(local_loop(ctx), 0);
	for (unsigned int i = 0; i < REGIONS; i++)
		for (unsigned int p = 0; p < EACH; p++) {
			int is = uffd_region_page(r[i], p * page);

			ck_assert(is == LIBUFFD_PAGE_EMPTY ||
				  (is == LIBUFFD_PAGE_CACHED && p >= i && p < i + 3));
		}
	local_release(ctx);
}

static void killed_at(int state, uint64_t step)
{
	pid_t pid;
	int status;

	atomic_store(steps, 0);
	pid = fork();
	if (pid == 0)
		comes_and_goes(state);
	ck_assert_int_gt(pid, 0);
	while (atomic_load(steps) < step && waitpid(pid, &status, WNOHANG) == 0)
		;
	kill(pid, SIGKILL);
	if (atomic_load(steps) >= step)
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status), "0x%x", status);
}

static void file_is_good(void)
{
	int state = local_state();

	close(test_uffd(UFFD_FEATURE_EVENT_REMOVE)); /* skips where there is none */
	page = (size_t)sysconf(_SC_PAGESIZE);
	memory = mmap(NULL, REGIONS * EACH * page, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	steps = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(memory != MAP_FAILED && (void *)steps != MAP_FAILED);
	for (unsigned int n = 0; n < ROUNDS; n++) {
		/* A new file now and then, so that the making of one is met too. */
		if (n % 5 == 0) {
			close(state);
			state = local_state();
		}
		killed_at(state, n * 7 % 23);
		expect_good(state);
	}
	close(state);
	munmap((void *)steps, page);
	munmap(memory, REGIONS * EACH * page);
}

TEST_MAIN(file_is_good)
