/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Each way to install, on each type of memory that it is for, from a file, a source of the
 * program's own and memory: every byte is right, by fault, demand, prefetch, and by the three
 * together. What was brought is counted as brought in that way.
 */
#include "ways.h"
#include "held.h"

enum by { BY_FAULT, BY_DEMAND, BY_PREFETCH, BY_SYNC, BYS };
enum from { FROM_FILE, FROM_READ, FROM_SUBMIT, FROM_MEMORY, FROMS };

static uint8_t *content;
static struct held held;

static struct uffd_source *open_source(enum from from, uint64_t length)
{
	struct uffd_source *source;

	switch (from) {
	case FROM_FILE:
		return file_source(content, length);
	case FROM_READ:
		return plain_source(length);
	case FROM_MEMORY:
		ck_assert_int_eq(uffd_source_open_memory(&source, content, length), 0);
		return source;
	default:
		memset(&held, 0, sizeof(held));
		atomic_store(&held.at_once, true);
		return held_open(&held, length);
	}
}

static uint64_t counted(const struct way *w, const struct uffd_stats *stats)
{
	switch (w->install) {
	case LIBUFFD_INSTALL_ALIAS:
	case LIBUFFD_INSTALL_POPULATE:
		return stats->pages_continued;
	case LIBUFFD_INSTALL_MOVE:
		return stats->pages_moved + stats->pages_copied;
	default:
		return stats->pages_copied;
	}
}

static void brought(const struct way *w, enum from from, enum by by)
{
	size_t pages = way_is_huge(w) ? 3 : 256;
	struct uffd_source *source;
	struct uffd_stats stats;
	struct served s;

	if (!way_has_memory(w, pages))
		return;
	source = open_source(from, pages * (way_is_huge(w) ? WAYS_HUGE : 4096));
	way_serve(&s, w, pages, 0, (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	switch (by) {
	case BY_FAULT:
		for (size_t k = pages; k-- > 0;)
			ck_assert_uint_eq(*(volatile uint8_t *)served_page(&s, k),
					  content[k * s.m.page]);
		break;
	case BY_DEMAND:
		ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
		break;
	case BY_PREFETCH:
		ck_assert_int_eq(way_prefetch(&s), 0);
		break;
	default:
		ck_assert_int_eq(uffd_prefetch(s.region, s.m.page, s.m.length - s.m.page), 0);
		ck_assert_int_eq(uffd_demand(s.region, 0, 2 * s.m.page, NULL), 0);
	}
	way_right(&s, content, w->name);
	serve_settled(&s);
	stats = stats_of(s.ctx);
	if (from != FROM_MEMORY)
		ck_assert_msg(counted(w, &stats) >= pages, "%s: %llu of %zu pages", w->name,
			      (unsigned long long)counted(w, &stats), pages);
	for (size_t k = 0; k < pages; k++)
		ck_assert_uint_eq(page_state(&s, k), LIBUFFD_PAGE_CACHED);
	/* It is the program's to write. */
	memset(s.m.at, 0x11, s.m.length);
	serve_end(&s);
}

static void every_way_brings_the_bytes(void)
{
	content = content_make(3 * WAYS_HUGE);
	for (size_t i = 0; i < WAYS; i++) {
		for (enum by by = 0; by < BYS; by++)
			brought(&ways[i], FROM_FILE, by);
		for (enum from from = FROM_READ; from < FROMS; from++) {
			brought(&ways[i], from, BY_FAULT);
			if (!way_is_huge(&ways[i]))
				brought(&ways[i], from, BY_PREFETCH);
		}
	}
	munmap(content, 3 * WAYS_HUGE);
}

TEST_MAIN(every_way_brings_the_bytes)
