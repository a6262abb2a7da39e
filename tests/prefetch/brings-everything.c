/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A prefetch of a whole region brings every byte of it, whatever the source and the memory: one
 * that answers later, one that reads at once, memory, a file with holes, a file read through
 * threads. Nobody has touched it, nothing is read twice, and the counts are right.
 */
#include "later.h"

#include <fcntl.h>

#define PAGES 1024u

static int64_t read_it(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	atomic_fetch_add((_Atomic uint64_t *)user, length);
	content_write(buffer, offset, length);
	return (int64_t)length;
}

/* Of every quarter the last part is a hole. */
static bool in_hole(uint64_t page)
{
	return page % (PAGES / 4) >= PAGES / 4 - 40;
}

static int file_make(void)
{
	char path[] = "/var/tmp/uffd-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	uint8_t *content = content_make(PAGES * 4096);

	ck_assert_int_ge(fd, 0);
	unlink(path);
	ck_assert_int_eq(ftruncate(fd, PAGES * 4096), 0);
	for (uint64_t page = 0; page < PAGES; page++)
		if (!in_hole(page))
			ck_assert_int_eq(
				pwrite(fd, content + page * 4096, 4096, (off_t)(page * 4096)),
				4096);
	munmap(content, PAGES * 4096);
	return fd;
}

static void brought(struct uffd_source *source, uint32_t backing, uint32_t modes, bool holes,
		    struct uffd_region_opts opts)
{
	struct uffd_prefetch_progress p = {.size = sizeof(p)};
	struct uffd_prefetch *prefetch;
	struct uffd_stats stats;
	struct served s;

	opts.source = source;
	serve(&s, backing, PAGES, 0, modes, opts);
	for (uint64_t page = 0; page < PAGES && holes; page++)
		if (in_hole(page))
			memset(s.content + page * 4096, 0, 4096);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
	ck_assert_uint_eq(p.bytes_total, s.m.length);
	ck_assert_uint_eq(p.bytes_done, s.m.length);
	ck_assert_uint_eq(p.bytes_brought, s.m.length);
	ck_assert_uint_eq(p.bytes_in_flight, 0);
	ck_assert_uint_eq(p.state, LIBUFFD_PREFETCH_DONE);
	ck_assert_int_eq(p.error, 0);
	uffd_prefetch_close(prefetch);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_uint_eq(page_state(&s, k), LIBUFFD_PAGE_CACHED);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.pages_prefetch, PAGES);
	ck_assert_uint_eq(stats.faults_missing, 0);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	serve_end(&s);
}

static void of_a_source_that_answers_later(uint32_t backing, uint32_t modes,
					   struct uffd_region_opts opts)
{
	struct later l;

	later_make(&l, PAGES * 4096, NULL);
	later_start(&l, true);
	brought(l.source, backing, modes, false, opts);
	later_stop(&l);
	ck_assert(later_none_twice(&l));
	ck_assert_uint_eq(l.brought, PAGES * 4096);
	later_free(&l);
}

static void of_a_source_that_reads(void)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it};
	_Atomic uint64_t bytes = 0;
	struct uffd_source *source;

	ck_assert_int_eq(uffd_source_open(&source, PAGES * 4096, &ops, &bytes), 0);
	brought(source, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, false, (struct uffd_region_opts){0});
	ck_assert_uint_eq(atomic_load(&bytes), PAGES * 4096);
	uffd_source_close(source);
}

static void of_memory(void)
{
	uint8_t *content = content_make(PAGES * 4096);
	struct uffd_source *source;

	ck_assert_int_eq(uffd_source_open_memory(&source, content, PAGES * 4096), 0);
	brought(source, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, false, (struct uffd_region_opts){0});
	uffd_source_close(source);
	munmap(content, PAGES * 4096);
}

static void of_a_file(uint32_t flags, uint32_t backing, uint32_t modes,
		      struct uffd_region_opts opts)
{
	struct uffd_source_file_opts file = {.size = sizeof(file), .flags = flags};
	struct uffd_source *source;
	int fd = file_make(), ret = uffd_source_open_fd(&source, fd, &file);

	/* Not every file system has O_DIRECT. */
	if (ret == 0) {
		brought(source, backing, modes, true, opts);
		uffd_source_close(source);
	} else {
		ck_assert(flags && ret == -EINVAL);
	}
	close(fd);
}

static void brings_everything(void)
{
	const uint32_t both = LIBUFFD_MISSING | LIBUFFD_MINOR;

	of_a_source_that_answers_later(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING,
				       (struct uffd_region_opts){0});
	of_a_source_that_answers_later(LIBUFFD_BACKING_SHMEM, both, (struct uffd_region_opts){0});
	of_a_source_that_answers_later(
		LIBUFFD_BACKING_SHMEM, both,
		(struct uffd_region_opts){.install = LIBUFFD_INSTALL_POPULATE});
	of_a_source_that_answers_later(LIBUFFD_BACKING_SHMEM, both,
				       (struct uffd_region_opts){.flags = LIBUFFD_REGION_ALIAS,
								 .install = LIBUFFD_INSTALL_ALIAS});
	of_a_source_that_reads();
	of_memory();
	of_a_file(0, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	of_a_file(LIBUFFD_SOURCE_DIRECT, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING,
		  (struct uffd_region_opts){0});
	of_a_file(0, LIBUFFD_BACKING_SHMEM, both,
		  (struct uffd_region_opts){.flags = LIBUFFD_REGION_ALIAS,
					    .install = LIBUFFD_INSTALL_ALIAS});
	of_a_file(LIBUFFD_SOURCE_DIRECT, LIBUFFD_BACKING_SHMEM, both,
		  (struct uffd_region_opts){.install = LIBUFFD_INSTALL_POPULATE});
}

TEST_MAIN(brings_everything)
