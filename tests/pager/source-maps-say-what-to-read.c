/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A source's map() decides what is read: zeros never, data exactly once and within the source, and
 * the page in which both meet is read whole.
 */
#include "serve.h"

#define PAGES 64u

static struct served s;
static size_t page;
static _Atomic uint32_t reads[PAGES + 1];
static _Atomic int wrong;

/* In source bytes: zeros in [10.5, 20.25) and [40, 41) pages, data elsewhere. */
static bool is_zero(uint64_t at)
{
	return (at >= 10 * page + page / 2 && at < 20 * page + page / 4) ||
	       (at >= 40 * page && at < 41 * page);
}

static int64_t map(void *user, uint64_t offset, uint64_t length, int *zero)
{
	uint64_t n = 1;

	(void)user;
	*zero = is_zero(offset);
	while (n < length && is_zero(offset + n) == is_zero(offset))
		n++;
	return (int64_t)n;
}

static int64_t read_it(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	if (offset + length > PAGES * page || offset % page || length % page)
		atomic_fetch_add(&wrong, 1);
	for (uint64_t k = offset / page; k < (offset + length) / page; k++)
		atomic_fetch_add(&reads[k], 1);
	for (uint64_t i = 0; i < length; i++)
		((uint8_t *)buffer)[i] = is_zero(offset + i) ? 0 : content_byte(offset + i);
	return (int64_t)length;
}

static void brought(uint64_t around)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it, .map = map};
	struct uffd_source *source;

	for (size_t k = 0; k < PAGES; k++)
		atomic_store(&reads[k], 0);
	page = (size_t)sysconf(_SC_PAGESIZE);
	ck_assert_int_eq(uffd_source_open(&source, PAGES * page, &ops, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .fault_around = around});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t i = 0; i < s.m.length; i++)
		ck_assert_uint_eq(((volatile uint8_t *)s.m.at)[i],
				  is_zero(i) ? 0 : content_byte(i));
	ck_assert_int_eq(atomic_load(&wrong), 0);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(atomic_load(&reads[k]) == ((k > 10 && k < 20) || k == 40 ? 0u : 1u),
			      "page %zu was read %u times", k, atomic_load(&reads[k]));
	serve_end(&s);
}

static void source_maps_say_what_to_read(void)
{
	brought(4096);
	brought(65536);
	brought(1u << 20);
}

TEST_MAIN(source_maps_say_what_to_read)
