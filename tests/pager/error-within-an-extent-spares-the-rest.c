/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A source that cannot read one page in the middle of an extent: what was read before it is right,
 * and after all tries only what could not be read is poisoned.
 */
#include "serve.h"

#define PAGES 256u /* one window; four reads */
#define BAD   130u

static int64_t read_it(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	if (offset <= BAD * 4096 && offset + length > BAD * 4096)
		return -EIO;
	content_write(buffer, offset, length);
	return (int64_t)length;
}

static void error_within_an_extent_spares_the_rest(void)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it};
	struct uffd_source *source;
	struct served s;
	struct toucher t;
	size_t poisoned = 0;

	ck_assert_int_eq(uffd_source_open(&source, PAGES * 4096, &ops, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source,
					.fault_around = PAGES * 4096,
					.max_retries = 2,
					.retry_ns = 20000});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert(served_right(&s, 1));
	touch_start(&t, served_page(&s, BAD), false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	serve_settled(&s);
	for (size_t k = 0; k < PAGES; k++)
		if (page_state(&s, k) == LIBUFFD_PAGE_POISONED)
			poisoned++;
		else
			ck_assert_msg(served_right(&s, k), "page %zu", k);
	ck_assert_uint_eq(page_state(&s, BAD), LIBUFFD_PAGE_POISONED);
	ck_assert_uint_le(poisoned, PAGES - 128);
	ck_assert_uint_eq(stats_of(s.ctx).pages_poisoned, poisoned);
	for (size_t k = 0; k < 128; k++)
		ck_assert_uint_ne(page_state(&s, k), LIBUFFD_PAGE_POISONED);
	serve_end(&s);
}

TEST_MAIN(error_within_an_extent_spares_the_rest)
