/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region that is removed while reads for it are in flight: the removal waits for them, whatever
 * they bring; a read that fails meanwhile does not keep the region. REFUSE is EBUSY, and so is a
 * read that is not answered; then the region is as it was.
 */
#include "call.h"
#include "later.h"

#define PAGES 32u

static struct later l;
static struct served s;

static long removes(struct call *c)
{
	return uffd_region_remove(s.region, (uint32_t)c->number);
}

static void make(bool looped)
{
	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.max_retries = 3});
	if (looped)
		s.loop = serve_start(s.ctx, NULL);
}

/* Two reads, of which one brings its content, and one ends with result. */
static void removed(uint32_t how, bool looped, int64_t result)
{
	struct timespec past = {.tv_sec = 1};
	struct call c = {.fn = removes, .number = (int)how};
	uint8_t first;

	make(looped);
	ck_assert_int_eq(uffd_demand(s.region, 0, 8 * 4096, &past), -ETIMEDOUT);
	ck_assert_int_eq(uffd_demand(s.region, 16 * 4096, 8 * 4096, &past), -ETIMEDOUT);
	ck_assert_uint_eq(later_count(&l), 2);
	call_start(&c);
	ck_assert(call_asleep(&c));
	ck_assert(later_answer(&l, 0));
	if (result)
		later_fail(&l, 0, result);
	else
		later_answer_all(&l);
	if (how == LIBUFFD_CLOSE_FINISH) {
		/* What is left to be filled. */
		later_start(&l, false);
		ck_assert_int_eq(call_join(&c), 0);
		later_stop(&l);
	} else {
		ck_assert_int_eq(call_join(&c), 0);
	}
	first = *(volatile uint8_t *)s.m.at;
	ck_assert_uint_eq(first, s.content[0]);
	for (size_t k = 0; k < PAGES && how == LIBUFFD_CLOSE_FINISH; k++)
		ck_assert(served_right(&s, k));
	if (how == LIBUFFD_CLOSE_DROP)
		ck_assert(all_zero(served_page(&s, 30), 4096));
	serve_end(&s);
	later_free(&l);
}

/* An answer that takes longer than the removal waits. */
static void not_answered(void)
{
	struct call refuse = {.fn = removes, .number = LIBUFFD_CLOSE_REFUSE};
	struct timespec past = {.tv_sec = 1};

	make(true);
	ck_assert_int_eq(uffd_demand(s.region, 0, 8 * 4096, &past), -ETIMEDOUT);
	call_start(&refuse);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), -EBUSY);
	ck_assert_int_eq(call_join(&refuse), -EBUSY);
	ck_assert_uint_eq(page_state(&s, 0), LIBUFFD_PAGE_BUSY);
	later_answer_all(&l);
	for (size_t k = 0; k < 8; k++)
		ck_assert(served_right(&s, k));
	later_start(&l, false);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	later_stop(&l);
	serve_end(&s);
	later_free(&l);
}

static void region_ends_while_its_reads_are_in_flight(void)
{
	for (int looped = 0; looped < 2; looped++) {
		removed(LIBUFFD_CLOSE_DROP, looped, 0);
		removed(LIBUFFD_CLOSE_POISON, looped, 0);
		removed(LIBUFFD_CLOSE_FINISH, looped, 0);
		removed(LIBUFFD_CLOSE_DROP, looped, -EIO);
		removed(LIBUFFD_CLOSE_POISON, looped, -EIO);
		removed(LIBUFFD_CLOSE_FINISH, looped, -EIO);
	}
	not_answered();
}

TEST_MAIN(region_ends_while_its_reads_are_in_flight)
