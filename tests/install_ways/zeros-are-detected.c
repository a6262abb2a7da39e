/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * With DETECT_ZEROS pages of zeros in the middle of data become zero pages, which take no memory,
 * and those with as little as one other byte do not; without, they are data like other. From a
 * file, a read, a submit and layers; by fault, demand and prefetch. They can be written to
 * afterwards.
 */
#include "ways.h"
#include "held.h"

#define PAGES 256u

static struct held held;
static uint8_t *content;

/* Runs of zeros of many lengths, among data. */
static bool is_zero(size_t page)
{
	return page % 5 == 2 || (page >= 30 && page < 62) || page == PAGES - 1;
}

static size_t zeros(void)
{
	size_t n = 0;

	for (size_t k = 0; k < PAGES; k++)
		n += is_zero(k);
	return n;
}

enum from { FROM_FILE, FROM_READ, FROM_SUBMIT, FROM_LAYERS, FROMS };
enum by { BY_FAULT, BY_DEMAND, BY_PREFETCH, BYS };

static int64_t read_content(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	memcpy(buffer, content + offset, length);
	return (int64_t)length;
}

static struct uffd_source *open_source(enum from from)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_content};
	struct uffd_source *source, *layer;

	switch (from) {
	case FROM_FILE:
		/* Written, zeros too: no hole. */
		return file_source(content, PAGES * 4096);
	case FROM_SUBMIT:
		memset(&held, 0, sizeof(held));
		held.content = content;
		atomic_store(&held.at_once, true);
		return held_open(&held, PAGES * 4096);
	default:
		ck_assert_int_eq(uffd_source_open(&source, PAGES * 4096, &ops, NULL), 0);
		if (from == FROM_READ)
			return source;
		layer = source;
		ck_assert_int_eq(uffd_source_open_layers(&source, &layer, 1), 0);
		uffd_source_close(layer);
		return source;
	}
}

static void detected(enum from from, enum by by, uint32_t flags, uint32_t backing, uint32_t modes)
{
	struct uffd_source *source = open_source(from);
	struct uffd_stats stats;
	struct served s;
	uint64_t rss;

	serve(&s, backing, PAGES, 0, modes,
	      (struct uffd_region_opts){.source = source,
					.flags = flags,
					.install = LIBUFFD_INSTALL_COPY,
					.fault_around = 65536});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	if (by == BY_FAULT)
		for (size_t k = 3; k < PAGES; k += 16)
			(void)*(volatile uint8_t *)served_page(&s, k);
	if (by == BY_DEMAND)
		ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	if (by == BY_PREFETCH)
		ck_assert_int_eq(way_prefetch(&s), 0);
	serve_settled(&s);
	way_right(&s, content, "zeros and data");
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.pages_zeroed, flags ? zeros() : 0);
	ck_assert_uint_eq(stats.pages_copied, flags ? PAGES - zeros() : PAGES);
	rss = smaps_bytes(s.m.at, s.m.length, "Rss");
	if (backing == LIBUFFD_BACKING_ANON)
		ck_assert_uint_eq(rss, (flags ? PAGES - zeros() : PAGES) * 4096);
	for (size_t k = 0; k < PAGES; k++)
		served_page(&s, k)[k] = 3;
	for (size_t k = 0; k < PAGES; k++)
		for (size_t i = 0; i < 4096; i++)
			if (served_page(&s, k)[i] != (i == k ? 3 : content[k * 4096 + i]))
				ck_abort_msg("written: page %zu, byte %zu", k, i);
	serve_end(&s);
}

static void zeros_are_detected(void)
{
	content = content_make(PAGES * 4096);
	for (size_t k = 0; k < PAGES; k++)
		if (is_zero(k))
			memset(content + k * 4096, 0, 4096);
	/* Almost. */
	memset(content + 100 * 4096, 0, 4095);
	memset(content + 101 * 4096 + 1, 0, 4095);
	memset(content + 103 * 4096, 0, 2000);
	memset(content + 103 * 4096 + 2001, 0, 2095);
	for (enum from from = 0; from < FROMS; from++)
		for (enum by by = 0; by < BYS; by++)
			detected(from, by, LIBUFFD_REGION_DETECT_ZEROS, LIBUFFD_BACKING_ANON,
				 LIBUFFD_MISSING);
	detected(FROM_READ, BY_PREFETCH, LIBUFFD_REGION_DETECT_ZEROS, LIBUFFD_BACKING_SHMEM,
		 WAY_BOTH);
	detected(FROM_READ, BY_FAULT, 0, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
	munmap(content, PAGES * 4096);
}

TEST_MAIN(zeros_are_detected)
