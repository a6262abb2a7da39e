/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A packed set has its content with it: the pages come byte for byte right without one read of the
 * source, which may be gone, on every type of memory; what was a hole of the source is zeros. What
 * is not in the set is not brought. The file may be replaced and deleted once the set is loaded.
 */
#include "wsets.h"

#define PAGES 600u

static struct counted c;
static uint8_t *expected;

static bool is_asked(size_t k)
{
	return k % 7 == 0 || (k >= 200 && k < 400);
}

static bool is_hole(uint64_t at)
{
	return at / 4096 >= 230 && at / 4096 < 260;
}

static int64_t map(void *user, uint64_t offset, uint64_t length, int *zero)
{
	uint64_t n = 4096 - offset % 4096;

	(void)user;
	*zero = is_hole(offset);
	return (int64_t)(n < length ? n : length);
}

static struct uffd_source *open_sparse(void)
{
	const struct uffd_source_ops ops = {
		.size = sizeof(ops), .read = counted_read, .map = map, .free = counted_free};
	struct uffd_source *source;

	memset(&c, 0, sizeof(c));
	c.content = expected;
	ck_assert_int_eq(uffd_source_open(&source, PAGES * UINT64_C(4096), &ops, &c), 0);
	return source;
}

static void replayed(const char *path, uint32_t backing, uint32_t modes)
{
	struct uffd_workingset *set;
	uint64_t asked = 0;
	struct served s;

	serve_from(&s, open_sparse(), backing, PAGES, 0, modes);
	set = load(path, s.region);
	unlink(path);
	file_write(path, (const uint8_t *)"gone", 4);
	atomic_store(&c.broken, true);
	ck_assert_int_eq(replay(s.region, set), 0);
	for (size_t k = 0; k < PAGES; k++) {
		ck_assert_msg(
			page_is(&s, k, is_asked(k) ? LIBUFFD_PAGE_CACHED : LIBUFFD_PAGE_EMPTY),
			"page %zu: state %u", k, page_state(&s, k));
		asked += is_asked(k);
	}
	for (size_t k = 0; k < PAGES; k++)
		if (is_asked(k))
			ck_assert_msg(!memcmp(served_page(&s, k), expected + k * 4096, 4096),
				      "page %zu", k);
	ck_assert_uint_eq(atomic_load(&c.calls), 0);
	ck_assert_uint_eq(stats_of(s.ctx).pages_prefetch, asked);
	ck_assert_uint_eq(stats_of(s.ctx).faults_missing, 0);
	/* Once more: it is all there. */
	ck_assert_int_eq(replay(s.region, set), 0);
	ck_assert_uint_eq(stats_of(s.ctx).pages_prefetch, asked);
	uffd_workingset_close(set);
	atomic_store(&c.broken, false);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(!memcmp(served_page(&s, k), expected + k * 4096, 4096));
	serve_end(&s);
}

static void replay_packed_reads_its_file_alone(void)
{
	struct uffd_workingset *set;
	struct place place;
	struct served s;
	uint8_t *bytes;
	size_t length;

	expected = content_make(PAGES * 4096);
	memset(expected + 230 * 4096, 0, 30 * 4096);
	place_make(&place);
	serve_from(&s, open_sparse(), LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING);
	set = record(&s, 0);
	/* In an order of its own: forwards and backwards by turns. */
	for (size_t i = 0; i < PAGES; i++) {
		size_t k = i % 2 ? i : PAGES - 2 - i;

		if (is_asked(k))
			ck_assert_uint_eq(*(volatile uint8_t *)served_page(&s, k),
					  expected[k * 4096]);
	}
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	/* What the program has done to the memory since is nothing to the set. */
	memset(s.m.at, 0x77, s.m.length);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
	uffd_workingset_close(set);
	serve_end(&s);
	bytes = file_bytes(place.path, &length);

	replayed(place.path, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
	file_write(place.path, bytes, length);
	replayed(place.path, LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR);
	file_write(place.path, bytes, length);
	replayed(place.path, LIBUFFD_BACKING_SHMEM_PRIVATE, LIBUFFD_MISSING);
	free(bytes);
	munmap(expected, PAGES * 4096);
	place_end(&place);
}

TEST_MAIN(replay_packed_reads_its_file_alone)
