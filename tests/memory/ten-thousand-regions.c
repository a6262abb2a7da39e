/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Ten thousand regions of one context are added, found, filled and removed. */
#include "claims.h"

/* The kernel allows 65530 mappings; every other page is a region, what is between is none. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define COUNT 2000u
#else
#define COUNT 10000u
#endif

static struct uffd_region *regions[COUNT];

static void ten_thousand(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), length = 2 * COUNT * page;
	struct uffd_region_opts opts = {.size = sizeof(opts), .fault = served_fault};
	struct served s = {0};
	uint64_t offset;
	uint8_t *at;

	s.ctx = serve_ctx(0);
	s.m.page = page;
	s.content = content_make(page);
	opts.user = &s;
	at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(at, MAP_FAILED);
	for (unsigned int i = 0; i < COUNT; i++)
		if (uffd_region_add(&regions[i], s.ctx, at + 2 * i * page, page, LIBUFFD_MISSING,
				    &opts))
			ck_abort_msg("region %u", i);
	for (unsigned int i = 0; i < COUNT; i++) {
		if (uffd_region_lookup(s.ctx, at + 2 * i * page + 8, &offset) != regions[i] ||
		    offset != 8 || uffd_region_lookup(s.ctx, at + (2 * i + 1) * page, NULL))
			ck_abort_msg("region %u is not where it was put", i);
	}
	for (unsigned int i = 0; i < COUNT; i += 100) {
		ck_assert_int_eq(uffd_demand(regions[i], 0, page, NULL), 0);
		ck_assert_mem_eq(at + 2 * i * page, s.content, page);
	}
	/* Half of them one by one, the others with the context. */
	for (unsigned int i = 0; i < COUNT; i += 2)
		if (uffd_region_remove(regions[i], LIBUFFD_CLOSE_DROP))
			ck_abort_msg("removing region %u", i);
	for (unsigned int i = 0; i < COUNT; i++)
		if (uffd_region_lookup(s.ctx, at + 2 * i * page, NULL) !=
		    (i % 2 ? regions[i] : NULL))
			ck_abort_msg("region %u after removing", i);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
	munmap(s.content, page);
	munmap(at, length);
}
TEST_MAIN(ten_thousand)
