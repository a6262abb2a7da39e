/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * One snapshot of regions whose pages are of different sizes, many of them in one file, written
 * over right after the instant. The buffers must hold four of the largest pages.
 */
#include "out.h"

#define PARTS (4 + SMALL)
#define SMALL 100u

static struct served s[PARTS];

static void add(struct served *p, const struct served *first, const struct kind *k, size_t pages)
{
	memset(p, 0, sizeof(*p));
	kind_make(&p->m, k, pages);
	p->content = out_memory(p->m.length);
	for (size_t n = 0; n < pages; n++)
		if (n % 5 != 3)
			snap_fill(p, n, (uint8_t)(n % 100 + 7 * pages % 100 + 1));
	p->region = snap_region(first->ctx, &p->m, k->fd, 0, (struct uffd_region_opts){0});
}

static uint64_t make(struct uffd_snapshot_part *parts, uint32_t *count)
{
	bool huge = kind_has_memory(&kinds[4], 6);
	uint64_t offset = 0;

	*count = 0;
	s[0].ctx = serve_ctx(SNAP_WP);
	for (size_t i = 0; i < PARTS; i++) {
		const struct kind *k = i < 4 ? &kinds[i] : &kinds[i % 2];
		struct served *p = &s[*count];
		struct uffd_ctx *ctx = s[0].ctx;
		uint64_t round;

		if (i == 2)
			k = &kinds[4];
		if (i == 2 && !huge)
			continue;
		add(p, &(struct served){.ctx = ctx}, k, i == 2 ? 3 : i < 4 ? 300 : 1);
		s[0].ctx = ctx;
		round = p->m.page - 1;
		offset = (offset + round) & ~round;
		parts[(*count)++] = (struct uffd_snapshot_part){p->region, offset};
		offset += p->m.length + (i % 3 ? 0 : p->m.page);
	}
	return offset;
}

static void parts_of_different_pages(void)
{
	struct uffd_snapshot_opts opts = {.size = sizeof(opts), .buffer_bytes = SNAP_LEAST};
	struct uffd_snapshot_part parts[PARTS];
	struct uffd_snapshot *snapshot = NULL;
	int fd = snap_file();
	uint32_t count;

	make(parts, &count);
	s[0].loop = serve_start(s[0].ctx, NULL);
	if (count == PARTS)
		ck_assert_int_eq(uffd_snapshot_start(&snapshot, parts, count, fd, &opts), -EINVAL);
	snapshot = snap_start_parts(parts, count, fd, (struct uffd_snapshot_opts){0});
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	for (uint32_t i = count; i-- > 0;)
		memset(s[i].m.at, 0xff, s[i].m.length);
	ck_assert_int_eq(snap_end(snapshot), 0);
	for (uint32_t i = 0; i < count; i++)
		snap_file_is(&s[i], fd, parts[i].offset, "a part");
	close(fd);
	ck_assert_int_eq(uffd_loop_close(s[0].loop), 0);
	ck_assert_int_eq(uffd_ctx_close(s[0].ctx, LIBUFFD_CLOSE_REFUSE), 0);
	for (uint32_t i = 0; i < count; i++) {
		munmap(s[i].content, s[i].m.length);
		test_memory_free(&s[i].m);
	}
}

TEST_MAIN(parts_of_different_pages)
