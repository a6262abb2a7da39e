/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Anonymous memory that was prefetched by MOVE consists of huge pages, as many as fit between its
 * edges, wherever the region begins, though nobody has advised it; and it is the program's: it can
 * be written, thrown away and unmapped in pieces. Every byte is right. Where the process gets no
 * huge pages it moves small ones.
 */
#include "ways.h"

#include <sys/prctl.h>

#define LENGTH ((size_t)64 << 20)

static uint64_t word_at(uint64_t offset)
{
	return (offset / 8 + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static int64_t words(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	uint64_t *to = buffer;

	(void)user;
	for (uint64_t i = 0; i < length / 8; i++)
		to[i] = word_at(offset + i * 8);
	return (int64_t)length;
}

static void moved(size_t behind, size_t length, bool gets_huge)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = words};
	size_t before = behind ? WAYS_HUGE - behind : 0;
	size_t whole = length > before ? (length - before) / WAYS_HUGE : 0;
	uint64_t huge, *at;
	struct uffd_source *source;
	struct served s = {0};

	way_aligned(&s.m, length, behind, -1, 0);
	s.content = mmap(NULL, s.m.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_int_eq(uffd_source_open(&source, s.m.length, &ops, NULL), 0);
	s.ctx = serve_ctx(UFFD_FEATURE_MOVE);
	s.region = serve_region(
		&s, &s.m, LIBUFFD_MISSING,
		(struct uffd_region_opts){.source = source, .install = LIBUFFD_INSTALL_MOVE});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(way_prefetch(&s), 0);
	ck_assert_uint_eq(stats_of(s.ctx).pages_moved, whole * WAYS_HUGE / 4096);
	ck_assert_uint_eq(stats_of(s.ctx).pages_copied, (length - whole * WAYS_HUGE) / 4096);
	huge = smaps_bytes(s.m.at, s.m.length, "AnonHugePages");
	/* The machine may be short of them for a moment: most, not all. */
	if (!gets_huge)
		ck_assert_uint_eq(huge, 0);
	else if (huge_pages_on_advice())
		ck_assert_msg(huge >= whole * WAYS_HUGE * 3 / 4, "%llu of %zu MiB are huge",
			      (unsigned long long)huge >> 20, whole * 2);
	at = s.m.at;
	for (size_t i = 0; i < length / 8; i++)
		if (at[i] != word_at(i * 8))
			ck_abort_msg("behind %zu: word %zu", behind, i);
	for (size_t i = 0; i < length; i += 4096)
		((volatile uint8_t *)s.m.at)[i] = 7;
	ck_assert_int_eq(madvise(served_page(&s, 3), 4096, MADV_DONTNEED), 0);
	ck_assert(all_zero(served_page(&s, 3), 4096));
	serve_end(&s);
}

static void move_keeps_huge_pages(void)
{
	moved(0, LENGTH, true);
	moved(4096, 8 * WAYS_HUGE, true);
	moved(WAYS_HUGE - 4096, 8 * WAYS_HUGE - 8192, true);
	moved(WAYS_HUGE / 2, WAYS_HUGE, true);
	ck_assert_int_eq(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0);
	moved(0, 4 * WAYS_HUGE, false);
	ck_assert_int_eq(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0), 0);
}

TEST_MAIN(move_keeps_huge_pages)
