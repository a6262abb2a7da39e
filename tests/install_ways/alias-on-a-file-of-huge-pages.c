/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * On a tmpfs of huge pages one byte that is written through the alias brings 2 MiB of zeros into
 * the page cache: they are nobody's content. Whatever is brought in whatever order and way, and
 * discarded in between, every byte is right; and what a prefetch brings whole is one huge page of
 * the file.
 */
#include "ways.h"
#include "place.h"

#define LENGTH (4 * WAYS_HUGE)
#define PAGES  (LENGTH / 4096)

static const char *const huge[] = {"huge", "always", NULL};
static uint8_t *content;

static void make(struct served *s, uint32_t install, size_t behind, uint64_t fd_offset)
{
	struct place place;
	struct uffd_source *source;
	int fd;

	memset(s, 0, sizeof(*s));
	place_make_on(&place, "tmpfs", huge);
	fd = open(place.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)(LENGTH + fd_offset)), 0);
	unlink(place.path);
	place_end(&place);
	way_aligned(&s->m, LENGTH, behind, fd, fd_offset);
	s->content = content_make(s->m.length);
	s->ctx = serve_ctx_flags(0, LIBUFFD_CTX_DISCARDS);
	source = file_source(content, LENGTH);
	s->region = serve_region(s, &s->m, WAY_BOTH,
				 (struct uffd_region_opts){.source = source,
							   .flags = LIBUFFD_REGION_ALIAS,
							   .fd_offset = fd_offset,
							   .install = install});
	uffd_source_close(source);
	s->loop = serve_start(s->ctx, NULL);
}

static void in_any_order(uint32_t install, size_t behind, uint64_t fd_offset)
{
	uint32_t seed = 77;
	struct served s;

	make(&s, install, behind, fd_offset);
	for (unsigned int i = 0; i < 40; i++) {
		size_t k;

		seed = seed * 1664525u + 1013904223u;
		k = (seed >> 10) % (PAGES - 8);
		if (i % 4 == 1)
			ck_assert_int_eq(uffd_demand(s.region, k * 4096, 8 * 4096, NULL), 0);
		if (i % 4 == 2) {
			ck_assert_int_eq(uffd_discard(s.region, k * 4096, 4096), 0);
			ck_assert_int_eq(fallocate(s.m.fd,
						   FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
						   (off_t)(fd_offset + k * 4096), 4096),
					 0);
			memset(s.content + k * 4096, 0, 4096);
		}
		if (memcmp(served_page(&s, k), s.content + k * 4096, 4096))
			ck_abort_msg("install %u, turn %u: page %zu", install, i, k);
	}
	ck_assert_int_eq(way_prefetch(&s), 0);
	way_right(&s, s.content, "in any order");
	serve_end(&s);
}

static void whole(uint32_t install, size_t behind, uint64_t fd_offset)
{
	size_t n = fd_offset % WAYS_HUGE ? 3 : 4;
	struct served s;

	make(&s, install, behind, fd_offset);
	ck_assert_int_eq(way_prefetch(&s), 0);
	ck_assert_uint_ge(stats_of(s.ctx).pages_continued, n * 512);
	way_right(&s, s.content, "whole");
	ck_assert_uint_eq(stats_of(s.ctx).faults_missing, 0);
	if (!behind)
		ck_assert_msg(smaps_bytes(s.m.at, LENGTH, "ShmemPmdMapped") > 0 ||
				      smaps_bytes(uffd_region_alias(s.region), LENGTH,
						  "ShmemPmdMapped") > 0,
			      "no huge page");
	serve_end(&s);
}

static void alias_on_a_file_of_huge_pages(void)
{
	static const uint32_t installs[] = {LIBUFFD_INSTALL_ALIAS, LIBUFFD_INSTALL_AUTO,
					    LIBUFFD_INSTALL_COPY, LIBUFFD_INSTALL_POPULATE};

	content = content_make(LENGTH);
	for (unsigned int i = 0; i < 4; i++) {
		in_any_order(installs[i], 0, 0);
		in_any_order(installs[i], 12288, 8192);
	}
	for (unsigned int i = 0; i < 2; i++) {
		whole(installs[i], 0, WAYS_HUGE);
		whole(installs[i], 8192, 4096);
	}
	munmap(content, LENGTH);
}

TEST_MAIN(alias_on_a_file_of_huge_pages)
