/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Pages that nobody has claimed are ENOLCK: alone, or beside claimed ones, and nothing is done. */
#include "input.h"

static void expect_not_claimed(struct uffd_region *r, uint64_t offset, uint64_t length,
			       void *content)
{
	EXPECT(uffd_copy(r, offset, content, length, 0), -ENOLCK);
	EXPECT(uffd_zero(r, offset, length, 0), -ENOLCK);
	EXPECT(uffd_continue(r, offset, length, 0), -ENOLCK);
	EXPECT(uffd_populate(r, offset, content, length, 0), -ENOLCK);
	EXPECT(uffd_poison(r, offset, length), -ENOLCK);
	EXPECT(uffd_abandon(r, offset, length), -ENOLCK);
}

static void not_claimed(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_POISON | UFFD_FEATURE_MINOR_SHMEM);
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;
	uint8_t *content;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 40);
	content = calloc(1, m.length);
	r = REGION(ctx, &m, LIBUFFD_MISSING | LIBUFFD_MINOR, .fault = fault_never,
		   .flags = LIBUFFD_REGION_FD, .fd = m.fd);
	expect_not_claimed(r, 0, m.page, content);
	expect_not_claimed(r, 0, m.length, content);
	EXPECT(uffd_claim(r, 4 * m.page, 20 * m.page, &e), 0);
	expect_not_claimed(r, 3 * m.page, 2 * m.page, content);
	expect_not_claimed(r, 23 * m.page, 2 * m.page, content);
	expect_not_claimed(r, 0, m.length, content);
	for (uint64_t page = 0; page < 40; page++)
		EXPECT(uffd_region_page(r, page * m.page),
		       page >= 4 && page < 24 ? LIBUFFD_PAGE_BUSY : LIBUFFD_PAGE_EMPTY);
	/* Nothing was written to the file. */
	EXPECT(lseek(m.fd, 0, SEEK_DATA), -1);
	EXPECT(uffd_abandon(r, e.offset, e.length), 0);
	expect_not_claimed(r, 4 * m.page, m.page, content);
	free(content);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

TEST_MAIN(not_claimed)
