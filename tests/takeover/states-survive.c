/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What a page was for a server that is killed, it is for the next: poisoned, complete, thrown away
 * after it was or before it ever was. Only what was being filled is empty.
 */
#include "server.h"

#define PAGES 32

static struct vmm v;
static int ready[2];

static int later(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)region;
	(void)extent;
	(void)user;
	return 0;
}

/*
 * 0, 1: complete; 2: complete, and then thrown away; 3: thrown away, and then zeros; 4, 5:
 * poisoned; 6, 8: claimed; 7: thrown away while it was claimed. The rest: empty.
 */
static void makes_states(const struct vmm *vmm, int state)
{
	struct uffd_ctx_opts ctx_opts = {.size = sizeof(ctx_opts),
					 .flags = LIBUFFD_CTX_STATE | LIBUFFD_CTX_DISCARDS,
					 .state_fd = state};
	struct uffd_region_opts opts = server_opts(vmm, later, NULL);
	struct uffd_region *r;
	struct uffd_extent e;
	struct uffd_ctx *ctx;
	uint8_t *content = content_make(PAGES * vmm->page);
	uint64_t page = vmm->page;

	if (uffd_ctx_adopt(&ctx, vmm->uffd, vmm->features, &ctx_opts) ||
	    uffd_region_add(&r, ctx, vmm->at, PAGES * page, LIBUFFD_MISSING, &opts))
		return;
	if (uffd_discard(r, 3 * page, page) || uffd_claim(r, 0, 3 * page, &e) ||
	    uffd_copy(r, 0, content, 3 * page, 0) || uffd_discard(r, 2 * page, page) ||
	    uffd_claim(r, 3 * page, page, &e) || uffd_zero(r, 3 * page, page, 0) ||
	    uffd_claim(r, 4 * page, 5 * page, &e) || uffd_poison(r, 4 * page, 2 * page) ||
	    uffd_discard(r, 7 * page, page))
		return;
	if (write(ready[1], "", 1) == 1)
		raise(SIGKILL);
}

static void states_survive(void)
{
	static const unsigned int wanted[] = {
		LIBUFFD_PAGE_CACHED,
		LIBUFFD_PAGE_CACHED,
		LIBUFFD_PAGE_EMPTY | LIBUFFD_PAGE_DISCARDED,
		LIBUFFD_PAGE_CACHED | LIBUFFD_PAGE_DISCARDED,
		LIBUFFD_PAGE_POISONED,
		LIBUFFD_PAGE_POISONED,
		LIBUFFD_PAGE_EMPTY,
		LIBUFFD_PAGE_EMPTY | LIBUFFD_PAGE_DISCARDED,
		LIBUFFD_PAGE_EMPTY,
		LIBUFFD_PAGE_EMPTY,
	};
	static const enum vmm_saw saw[] = {SAW_CONTENT, SAW_CONTENT, SAW_CONTENT, SAW_ZEROS,
					   SAW_SIGBUS,  SAW_SIGBUS,  SAW_CONTENT, SAW_ZEROS,
					   SAW_CONTENT, SAW_CONTENT};
	int state = state_make();
	struct server s;
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	vmm_make(&v, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, NULL);
	pid = server_fork(&v, state, makes_states);
	server_died(pid);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	server_make(&s, &v, state, NULL);
	for (uint64_t p = 0; p < sizeof(wanted) / sizeof(wanted[0]); p++)
		ck_assert_msg(server_page(&s, &v, p) == wanted[p], "page %llu: %u, not %u",
			      (unsigned long long)p, server_page(&s, &v, p), wanted[p]);
	ck_assert_int_eq(uffd_region_unfilled(s.region), (int64_t)((PAGES - 7) * v.page));
	s.loop = serve_start(s.ctx, NULL);
	/* Page 2 was announced as thrown away and is still there, as it is before an madvise(). */
	for (uint64_t p = 0; p < sizeof(saw) / sizeof(saw[0]); p++)
		ck_assert_int_eq(vmm_reads(&v, p, 0), saw[p]);
	server_end(&s, &v);
	vmm_end(&v);
	close(state);
	close(ready[0]);
	close(ready[1]);
}

TEST_MAIN(states_survive)
