/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A source may end within the region's last page, whose rest is zeros; one that ends before that
 * page is refused. Nothing past the source's end is ever read.
 */
#include "serve.h"

#define PAGES 20u

static _Atomic int freed;
static _Atomic int beyond;
static uint64_t source_length;

static int64_t read_it(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	if (offset >= source_length || length > source_length - offset)
		atomic_fetch_add(&beyond, 1);
	content_write(buffer, offset, length);
	return (int64_t)length;
}

static void free_it(void *user)
{
	(void)user;
	atomic_fetch_add(&freed, 1);
}

static struct uffd_source *from_callbacks(uint64_t length)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it, .free = free_it};
	struct uffd_source *source;

	source_length = length;
	ck_assert_int_eq(uffd_source_open(&source, length, &ops, NULL), 0);
	return source;
}

static struct uffd_source *from_file(uint64_t length)
{
	int fd = memfd_create("content", MFD_CLOEXEC);
	uint8_t *content = content_make(length);
	struct uffd_source *source;

	ck_assert_int_eq(write(fd, content, length), (ssize_t)length);
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, NULL), 0);
	munmap(content, length);
	close(fd);
	return source;
}

static uint8_t *memory;

static struct uffd_source *from_memory(uint64_t length)
{
	struct uffd_source *source;

	ck_assert_int_eq(uffd_source_open_memory(&source, memory, length), 0);
	return source;
}

/* A source that has left bytes for the last page. */
static void ended(struct uffd_source *(*open)(uint64_t length), uint32_t backing, uint32_t modes,
		  uint64_t offset, size_t left)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct uffd_source *source = open(offset + (PAGES - 1) * page + left);
	uint8_t *last;
	struct served s;

	serve(&s, backing, PAGES, 0, modes,
	      (struct uffd_region_opts){.source = source, .source_offset = offset});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	last = served_page(&s, PAGES - 1);
	ck_assert(content_is(last, offset + (PAGES - 1) * page, left));
	ck_assert(all_zero(last + left, page - left));
	for (size_t k = 0; k < PAGES - 1; k++)
		ck_assert(content_is(served_page(&s, k), offset + k * page, page));
	serve_end(&s);
}

static void refused(void)
{
	struct uffd_region_opts opts = {.size = sizeof(opts),
					.source = from_callbacks(4 * 4096 + 100)};
	struct uffd_region *region = NULL;
	struct served s;
	static const uint64_t offsets[] = {4096 + 100, 4 * 4096 + 100, UINT64_MAX,
					   UINT64_MAX - 4 * 4096 + 1, UINT64_MAX - 4095};

	atomic_store(&freed, 0);
	serve(&s, LIBUFFD_BACKING_ANON, 4, 0, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		opts.source_offset = offsets[i];
		ck_assert_int_eq(
			uffd_region_add(&region, s.ctx, s.m.at, s.m.length, LIBUFFD_MISSING, &opts),
			-ERANGE);
	}
	ck_assert_ptr_null(region);
	ck_assert_int_eq(atomic_load(&freed), 0);
	uffd_source_close(opts.source);
	ck_assert_int_eq(atomic_load(&freed), 1);
	serve_end(&s);
}

static void source_may_end_within_the_last_page(void)
{
	struct uffd_source *(*const opens[])(uint64_t) = {from_callbacks, from_file, from_memory};

	memory = content_make((PAGES + 2) * 4096);
	for (size_t i = 0; i < 3; i++) {
		ended(opens[i], LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, 0, 1);
		ended(opens[i], LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, 77, 4095);
		ended(opens[i], LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR, 4095, 2000);
		ended(opens[i], LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING, 1, 4096);
	}
	ck_assert_int_eq(atomic_load(&beyond), 0);
	refused();
	munmap(memory, (PAGES + 2) * 4096);
}

TEST_MAIN(source_may_end_within_the_last_page)
