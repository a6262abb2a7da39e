/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A server is killed with pages claimed and nothing installed: they are empty for the next, and who
 * waited for them, or for a neighbour in the same claim, is woken and gets its content.
 */
#include "server.h"

#define PAGES 32

static struct vmm v;

static int kills(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)region;
	(void)extent;
	(void)user;
	raise(SIGKILL);
	return 0;
}

static void dies(const struct vmm *vmm, int state)
{
	server_run(vmm, state, kills);
}

static void killed_before_the_install(void)
{
	int state = state_make();
	struct server s;
	pid_t pid;

	vmm_make(&v, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE, NULL);
	vmm_ask(&v, 1, VMM_READ, 3, 1, 0);
	vmm_ask(&v, 2, VMM_READ, 5, 1, 0);
	WAIT_UNTIL(vmm_is_asleep(&v, 1) && vmm_is_asleep(&v, 2));
	pid = server_fork(&v, state, dies);
	server_died(pid);
	/* Who faults while nobody serves waits too. */
	vmm_ask(&v, 3, VMM_READ, 20, 1, 0);
	WAIT_UNTIL(vmm_is_asleep(&v, 3));
	ck_assert(vmm_is_asleep(&v, 1) && vmm_is_asleep(&v, 2));

	server_make(&s, &v, state, NULL);
	for (uint64_t p = 0; p < PAGES; p++)
		ck_assert_uint_eq(server_page(&s, &v, p), LIBUFFD_PAGE_EMPTY);
	s.loop = serve_start(s.ctx, NULL);
	for (unsigned int t = 1; t <= 3; t++)
		ck_assert_int_eq(vmm_wait(&v, t), SAW_CONTENT);
	for (uint64_t p = 0; p < PAGES; p++)
		ck_assert_int_eq(vmm_reads(&v, p, 0), SAW_CONTENT);
	server_end(&s, &v);
	vmm_end(&v);
	close(state);
}

TEST_MAIN(killed_before_the_install)
