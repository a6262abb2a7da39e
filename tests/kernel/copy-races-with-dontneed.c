/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * COPY right after REMOVE was read, anonymous memory and MADV_DONTNEED: whether the page survives
 * is a matter of luck. What holds in every try: on a hole COPY says done; on a page it says EEXIST
 * only for a page that is gone afterwards, and done otherwise.
 */
#include "call.h"
#include "expect.h"

#define TRIES 60

static void one_try(int fd, const struct test_memory *m, const uint8_t *from, bool populated)
{
	struct call c;
	struct answer a;

	if (populated)
		EXPECT_ERROR(ask_copy(fd, m->at, from, m->page, 0), 0);
	call_madvise(&c, m->at, m->page, MADV_DONTNEED);
	expect_event(fd, UFFD_EVENT_REMOVE);
	do {
		a = ask_copy(fd, m->at, from, m->page, 0);
	} while (a.error == -EAGAIN);
	ck_assert_int_eq(call_join(&c), 0);
	if (a.error == -EEXIST) {
		ck_assert(populated);
		ck_assert(!page_mapped(m->at));
	} else {
		EXPECT_ANSWER(a, 0, m->page);
	}
}

static void empty_the_page(int fd, const struct test_memory *m)
{
	struct call c;

	call_madvise(&c, m->at, m->page, MADV_DONTNEED);
	expect_event(fd, UFFD_EVENT_REMOVE);
	ck_assert_int_eq(call_join(&c), 0);
	ck_assert(!page_mapped(m->at));
}

static void copy_races_with_dontneed(void)
{
	struct test_memory m;
	uint8_t *from;
	int fd = test_uffd(UFFD_FEATURE_EVENT_REMOVE);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	for (int i = 0; i < TRIES; i++) {
		one_try(fd, &m, from, i % 2 == 0);
		empty_the_page(fd, &m);
	}
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(copy_races_with_dontneed)
