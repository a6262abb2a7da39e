/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_workingset_info() while a fault is being noted: its entry is completed between the look at
 * how many pages there may be and the counting. Either is a picture of some moment; nothing is
 * written behind the list that was made for the first.
 */
#include "wsets.h"

#include "pager/workingset.h"

#define PAGES 256u
#define GUARD 65536u
#define LISTS 16u

static struct counted c;
static struct uffd_workingset *_Atomic watched; /* its second entry is noted slowly */
static _Atomic bool begun, go_on;

static __thread bool is_test; /* the test's own thread never stands still */
/* This thread's allocations have a guard behind them. */
static __thread bool guarded;
static struct {
	uint8_t *at;
	bool broken;
} lists[LISTS];
static unsigned int list_count;

int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static bool is_noted(const struct uffd_workingset *set)
{
	return __atomic_load_n(&set->log[1].kind, __ATOMIC_ACQUIRE) != 0;
}

/* The time of an entry is taken when its place has been, and before it is said to be there. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	struct uffd_workingset *set = atomic_load(&watched);

	if (set && !is_test && atomic_load(&set->asked) == 2 && !is_noted(set)) {
		atomic_store(&begun, true);
		while (!atomic_load(&go_on))
			sched_yield();
	}
	return __real_clock_gettime(clock, ts);
}

/* By the first list it is known how many there are. */
void *__wrap_malloc(size_t size)
{
	struct uffd_workingset *set = atomic_load(&watched);
	uint8_t *at;

	if (!guarded || list_count == LISTS)
		return __real_malloc(size);
	at = __real_malloc(size + GUARD);
	if (at) {
		memset(at + size, 0xa5, GUARD);
		lists[list_count++].at = at + size;
	}
	atomic_store(&go_on, true);
	while (set && !is_noted(set))
		sched_yield();
	return at;
}

void __real_free(void *at);
void __wrap_free(void *at);

/* Looked at before it is given back. */
void __wrap_free(void *at)
{
	for (unsigned int i = 0; guarded && at && i < list_count; i++) {
		uint8_t *guard = lists[i].at;

		if (guard < (uint8_t *)at || guard > (uint8_t *)at + GUARD)
			continue;
		for (size_t k = 0; k < GUARD; k++)
			lists[i].broken |= guard[k] != 0xa5;
		lists[i].at = NULL;
	}
	__real_free(at);
}

static void info_while_an_entry_is_written(void)
{
	struct uffd_workingset_info info = {.size = sizeof(info)};
	struct uffd_workingset *set;
	struct toucher t;
	struct served s;

	is_test = true;
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = record(&s, LIBUFFD_WORKINGSET_AROUND | LIBUFFD_WORKINGSET_TRACE);
	/* An entry that a replay leaves out, so that one page is counted for nothing. */
	ck_assert_int_eq(uffd_prefetch(s.region, 0, s.m.page), 0);
	ck_assert_uint_eq(info_of(set).entries, 1);
	atomic_store(&watched, set);
	touch_start(&t, served_page(&s, 40), false, 0);
	WAIT_UNTIL(atomic_load(&begun));
	guarded = true;
	ck_assert_int_eq(uffd_workingset_info(set, &info), 0);
	guarded = false;
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_gt(list_count, 0);
	for (unsigned int i = 0; i < list_count; i++)
		ck_assert_msg(!lists[i].broken, "list %u was written behind its end", i);
	ck_assert_uint_le(info.pages, 16);
	atomic_store(&watched, NULL);
	ck_assert_uint_eq(info_of(set).pages, 16);
	/* Nobody looks at the set any more. */
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = NULL;
	uffd_workingset_close(set);
	serve_end(&s);
}

TEST_MAIN(info_while_an_entry_is_written)
