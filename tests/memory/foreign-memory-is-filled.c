/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory of another process, registered by it or to be registered, is filled through its descriptor
 * without a look at this process's memory at the same address.
 */
#include "claims.h"
#include "process.h"

#include <sys/uio.h>

#define PAGES 8

static void adopt(struct served *s, const struct owner *o, uint32_t flags)
{
	struct uffd_region_opts opts = {.size = sizeof(opts),
					.flags = LIBUFFD_REGION_FOREIGN | flags,
					.backing = LIBUFFD_BACKING_ANON,
					.page_size = o->memory.page,
					.fault = served_fault,
					.user = s};

	memset(s, 0, sizeof(*s));
	s->m = o->memory;
	s->content = content_make(s->m.length);
	ck_assert_int_eq(
		uffd_ctx_adopt(&s->ctx, o->fd, UFFD_FEATURE_POISON | UFFD_FEATURE_MOVE, NULL), 0);
	ck_assert_int_eq(
		uffd_region_add(&s->region, s->ctx, s->m.at, s->m.length, LIBUFFD_MISSING, &opts),
		0);
}

static void filled(uint32_t flags)
{
	static uint8_t seen[PAGES * 65536];
	struct iovec local = {.iov_base = seen};
	struct owner o;
	struct served s;

	owner_start(&o, UFFD_FEATURE_POISON | UFFD_FEATURE_MOVE, UFFDIO_REGISTER_MODE_MISSING,
		    PAGES);
	adopt(&s, &o, flags);
	claim(&s, 0, PAGES);
	ck_assert_int_eq(uffd_move(s.region, 0, s.content, s.m.page, 0), -EOPNOTSUPP);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, 2 * s.m.page, 0), 0);
	ck_assert_int_eq(uffd_zero(s.region, 2 * s.m.page, s.m.page, 0), 0);
	ck_assert_int_eq(uffd_poison(s.region, 3 * s.m.page, s.m.page), 0);
	ck_assert_int_eq(uffd_abandon(s.region, 4 * s.m.page, 4 * s.m.page), 0);
	ck_assert_int_eq(uffd_demand(s.region, 4 * s.m.page, 2 * s.m.page, NULL), 0);
	ck_assert_int_eq(uffd_prefetch(s.region, 6 * s.m.page, 2 * s.m.page), 0);
	for (size_t p = 0; p < PAGES; p++) {
		struct iovec remote = {served_page(&s, p), s.m.page};
		ssize_t n;

		local.iov_len = s.m.page;
		n = process_vm_readv(o.pid, &local, 1, &remote, 1, 0);
		ck_assert_int_eq(n, p == 3 ? -1 : (ssize_t)s.m.page);
		if (p == 2)
			ck_assert(all_zero(seen, s.m.page));
		else if (p != 3)
			ck_assert_mem_eq(seen, s.content + p * s.m.page, s.m.page);
	}
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(s.content, s.m.length);
	owner_end(&o);
}

static void foreign_memory(void)
{
	filled(LIBUFFD_REGION_REGISTERED);
	filled(0);
}
TEST_MAIN(foreign_memory)
