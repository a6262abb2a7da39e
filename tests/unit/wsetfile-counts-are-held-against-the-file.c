/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A count that is more than the file holds, or that wraps around to what it holds, is refused
 * before there is memory for it. More than the most is refused as such.
 */
#include "wset.h"

#include <malloc.h>
#include <sys/resource.h>

#define MOST (UINT64_C(64) << 20)

static void refuse(const struct wset *w, int fd, unsigned int at, uint64_t value, int expected)
{
	uint64_t was = wset_get(fd, at, 8);
	char what[96];

	snprintf(what, sizeof(what), "at %u: 0x%llx", at, (unsigned long long)value);
	wset_put(fd, at, 8, value);
	wset_sign(fd, wset_tables_end(&w->f));
	wset_refused(fd, expected, what);
	wset_put(fd, at, 8, was);
}

/* A hole as long as the tables that it says: as little memory as its first bufferful needs. */
static void refuse_hole(const struct wset *w, uint64_t count)
{
	int fd = wset_memfd();
	uint64_t end = WSET_HEADER + count * WSET_ENTRY;

	wset_write(fd, w);
	ck_assert_int_eq(ftruncate(fd, WSET_HEADER), 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)end), 0);
	wset_put(fd, AT_ENTRY_COUNT, 8, count);
	wset_put(fd, AT_RUNS_AT, 8, end);
	wset_put(fd, AT_SUMS_AT, 8, end);
	wset_put(fd, AT_FILE_LENGTH, 8, end);
	wset_put(fd, AT_HEADER_SUM, 4, wset_sum_file(fd, 0, AT_HEADER_SUM));
	wset_refused(fd, count > MOST ? -EFBIG : -EBADMSG, "a hole");
	close(fd);
}

static void held_against_the_file(void)
{
	static const uint64_t impossible[] = {MOST + 1,
					      UINT64_C(1) << 32,
					      UINT64_C(1) << 59,
					      (UINT64_C(1) << 60) + ENTRIES,
					      (UINT64_C(1) << 59) + RUNS,
					      UINT64_C(1) << 63,
					      UINT64_MAX};
	static const uint64_t wrong[] = {0, 1, 5, 100, MOST};
	static struct wset w;
	struct rusage before, after;
	int fd = wset_memfd();

	wset_fill(&w);
	wset_write(fd, &w);
	for (size_t i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++) {
		refuse(&w, fd, AT_ENTRY_COUNT, impossible[i], -EFBIG);
		refuse(&w, fd, AT_RUN_COUNT, impossible[i], -EFBIG);
		refuse(&w, fd, AT_SUM_COUNT, impossible[i], -EBADMSG); /* not for 20 pages */
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		refuse(&w, fd, AT_ENTRY_COUNT, wrong[i], -EBADMSG);
		refuse(&w, fd, AT_RUN_COUNT, wrong[i], -EBADMSG);
		refuse(&w, fd, AT_SUM_COUNT, wrong[i], -EBADMSG);
	}
	/* Impossible before it is too much: more content than there is region. */
	wset_put(fd, AT_SUM_COUNT, 8, UINT64_C(1) << 34);
	refuse(&w, fd, AT_PACK_BYTES, UINT64_C(1) << 50, -EBADMSG);
	close(fd);

#ifdef M_PERTURB
	mallopt(M_PERTURB, 0); /* it would touch all that is allocated */
#endif
	wset_fill_entries(&w);
	getrusage(RUSAGE_SELF, &before);
	refuse_hole(&w, MOST + 1);
	refuse_hole(&w, MOST / 16);
	getrusage(RUSAGE_SELF, &after);
	ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 64 << 10); /* KiB; it says 192 MiB */
}
TEST_MAIN(held_against_the_file)
