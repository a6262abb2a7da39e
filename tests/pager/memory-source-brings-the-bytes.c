/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Memory as a source: any offset, any type of memory, and a page that cannot be read is an error.
 */
#include "serve.h"

#define PAGES 40

static void brought(uint32_t backing, uint32_t modes, uint64_t offset)
{
	size_t length = (PAGES + 1) * (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *content = content_make(length);
	struct uffd_source *source;
	struct served s;

	ck_assert_int_eq(uffd_source_open_memory(&source, content, length), 0);
	ck_assert_uint_eq(uffd_source_length(source), length);
	serve(&s, backing, PAGES, 0, modes,
	      (struct uffd_region_opts){.source = source, .source_offset = offset});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(content_is(served_page(&s, k), offset + k * s.m.page, s.m.page));
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	serve_end(&s);
	munmap(content, length);
}

/* The source itself ends badly: SIGBUS for what it has not, the right bytes for what it has. */
static void unreadable(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), length = 16 * page;
	uint8_t *content = content_make(length);
	struct uffd_source *source;
	struct toucher t;
	struct served s;

	mprotect(content + 9 * page, page, PROT_NONE);
	ck_assert_int_eq(uffd_source_open_memory(&source, content, length), 0);
	serve(&s, LIBUFFD_BACKING_ANON, 16, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .retry_ns = 10000, .max_retries = 1});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < 9; k++)
		ck_assert(content_is(served_page(&s, k), k * page, page));
	touch_start(&t, served_page(&s, 9), false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	serve_end(&s);
	munmap(content, length);
}

static void memory_source_brings_the_bytes(void)
{
	struct uffd_source *source;

	ck_assert_int_eq(uffd_source_open_memory(&source, NULL, 1), -EINVAL);
	ck_assert_int_eq(uffd_source_open_memory(&source, &source, 0), -EINVAL);
	ck_assert_int_eq(uffd_source_open_memory(NULL, &source, 1), -EINVAL);
	brought(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, 0);
	brought(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, 13);
	brought(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR, 4000);
	unreadable();
}

TEST_MAIN(memory_source_brings_the_bytes)
