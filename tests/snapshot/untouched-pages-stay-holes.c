/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Pages that were never touched, and pages of zeros, are holes in the file, also where it had data
 * before. The former cost no memory either: not a page of the process's, of the file behind it, or
 * of the pool of huge pages.
 */
#include "../install_ways/ways.h"
#include "snap.h"

/* Of the process; those of a file are counted there. */
static uint64_t huge_pages(void)
{
	unsigned long kb, sum = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "HugetlbPages: %lu kB", &kb) == 1)
			sum = kb * 1024;
	fclose(f);
	return sum;
}

static uint64_t blocks_of(int fd)
{
	struct stat st;

	if (fd < 0)
		return 0;
	ck_assert_int_eq(fstat(fd, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

struct costs {
	uint64_t resident;
	uint64_t blocks;
	uint64_t huge;
};

static struct costs costs_of(const struct served *s)
{
	return (struct costs){smaps_bytes(s->m.at, s->m.length, "Rss"), blocks_of(s->m.fd),
			      huge_pages()};
}

static void same_costs(const struct costs *a, const struct costs *b, const char *what)
{
	ck_assert_msg(a->resident == b->resident && a->blocks == b->blocks && a->huge == b->huge,
		      "%s: %llu resident, %llu in the file, %llu huge; were %llu, %llu, %llu", what,
		      (unsigned long long)b->resident, (unsigned long long)b->blocks,
		      (unsigned long long)b->huge, (unsigned long long)a->resident,
		      (unsigned long long)a->blocks, (unsigned long long)a->huge);
}

/* Window by window of 16 small pages: filled, never touched, of zeros. */
static unsigned int what_is(const struct kind *k, size_t page)
{
	return (unsigned int)(page / (kind_is_huge(k) ? 1 : SNAP_WINDOW) % 3);
}

static void dirty_the_file(int fd, size_t length)
{
	uint8_t *junk = content_make(length);

	ck_assert_int_eq(pwrite(fd, junk, length, 0), (ssize_t)length);
	munmap(junk, length);
}

static void of(const struct kind *k)
{
	size_t pages = kind_is_huge(k) ? 6 : 480, filled = 0;
	struct costs before, after;
	struct served s;
	int fd;

	if (!kind_has_memory(k, pages))
		return;
	snap_serve(&s, k, pages, 0, 0);
	for (size_t n = 0; n < pages; n++) {
		if (what_is(k, n) == 1)
			continue;
		snap_fill(&s, n, what_is(k, n) == 0 ? (uint8_t)(n % 255 + 1) : 0);
		filled += what_is(k, n) == 0;
	}
	fd = snap_file();
	dirty_the_file(fd, s.m.length);
	before = costs_of(&s);
	snap_take(s.region, fd, 0);
	after = costs_of(&s);
	/* Nobody can tell a hole of such a file from a page that is not mapped here. */
	if (!kind_is_huge(k) || k->fd || k->no_file)
		same_costs(&before, &after, k->name);
	snap_file_is(&s, fd, 0, k->name);
	ck_assert_msg(blocks_of(fd) == filled * s.m.page, "%s: %llu bytes for %zu", k->name,
		      (unsigned long long)blocks_of(fd), filled * s.m.page);
	for (size_t n = 0; n < pages; n++)
		ck_assert_int_eq(snap_has_data(fd, n * s.m.page, s.m.page), what_is(k, n) == 0);
	close(fd);
	serve_end(&s);
}

static void untouched_pages_stay_holes(void)
{
	for (size_t i = 0; i < KINDS; i++)
		of(&kinds[i]);
}

TEST_MAIN(untouched_pages_stay_holes)
