/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A base and 1, 2 or 5 sparse files over it: every page has the newest layer's data, and where that
 * has a hole, or has ended, what lies below; where nobody has data, zeros. By fault, demand and
 * prefetch, to every type of memory, also where data ends within a page and the region begins at
 * any byte.
 */
#include "serve.h"

#define PAGES  256u
#define LENGTH (PAGES * 4096u)
#define MOST   6u

static uint8_t *expected;
static struct uffd_source *source;
static uint32_t seed = 12345;

static uint32_t any(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static void put(int fd, unsigned int layer, size_t from, size_t to)
{
	for (size_t at = from; at < to; at++)
		expected[at] = content_byte(at + ((uint64_t)layer << 40));
	ck_assert_int_eq(pwrite(fd, expected + from, to - from, (off_t)from), (ssize_t)(to - from));
}

/*
 * A file with data in some places. A hole is what the file system says is one: its blocks are
 * pages, and what is written is written whole pages of, but for the end, so that nothing else is
 * data.
 */
static struct uffd_source *make_layer(unsigned int layer, size_t length)
{
	int fd = memfd_create("layer", MFD_CLOEXEC);
	struct uffd_source *s;

	ck_assert_int_eq(ftruncate(fd, (off_t)length), 0);
	for (unsigned int i = 0; i < (layer ? 6 : 20); i++) {
		size_t page = any(PAGES), pages = 1 + any(layer ? 30 : 12);
		size_t end = (page + pages) * 4096;

		if (page * 4096 >= length)
			continue;
		put(fd, layer, page * 4096, end < length ? end : length);
	}
	ck_assert_int_eq(uffd_source_open_fd(&s, fd, NULL), 0);
	close(fd);
	return s;
}

static void make(unsigned int diffs)
{
	struct uffd_source *layers[MOST];

	memset(expected, 0, LENGTH);
	for (unsigned int i = 0; i <= diffs; i++) {
		/* Shorter ones end within a page, and the first has its whole length. */
		size_t length = i % 2 ? LENGTH - any(LENGTH / 2) : LENGTH;

		layers[i] = make_layer(i, length);
		ck_assert_uint_eq(uffd_source_length(layers[i]), length);
	}
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, diffs + 1), 0);
	for (unsigned int i = 0; i <= diffs; i++)
		uffd_source_close(layers[i]);
	ck_assert_uint_eq(uffd_source_length(source), LENGTH);
}

enum by { BY_FAULT, BY_DEMAND, BY_PREFETCH, BYS };

static void brought(uint32_t backing, uint32_t modes, uint64_t offset, enum by by)
{
	size_t pages = offset ? PAGES - 1 : PAGES;
	struct uffd_prefetch *f;
	struct served s;

	serve(&s, backing, pages, 0, modes,
	      (struct uffd_region_opts){.source = source, .source_offset = offset});
	s.loop = serve_start(s.ctx, NULL);
	if (by == BY_DEMAND)
		ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	if (by == BY_PREFETCH) {
		ck_assert_int_eq(uffd_prefetch_start(&f, s.region, NULL), 0);
		ck_assert_int_eq(uffd_prefetch_wait(f, NULL), 0);
		uffd_prefetch_close(f);
	}
	for (size_t k = pages; k-- > 0;)
		ck_assert_msg(!memcmp(served_page(&s, k), expected + offset + k * 4096, 4096),
			      "memory %u, offset %llu, by %d: page %zu", backing,
			      (unsigned long long)offset, (int)by, k);
	serve_end(&s);
}

static void newest_data_wins(void)
{
	static const unsigned int diffs[] = {1, 2, 5, 0};

	expected = malloc(LENGTH);
	for (unsigned int i = 0; i < 4; i++) {
		make(diffs[i]);
		for (enum by by = 0; by < BYS; by++) {
			brought(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, 0, by);
			brought(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR, 777, by);
		}
		brought(LIBUFFD_BACKING_SHMEM_PRIVATE, LIBUFFD_MISSING, 4095, BY_FAULT);
		uffd_source_close(source);
	}
	free(expected);
}

TEST_MAIN(newest_data_wins)
