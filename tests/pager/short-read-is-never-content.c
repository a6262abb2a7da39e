/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A read that comes short has left somebody else's bytes in the rest of the buffer: they are never
 * installed. It is tried again, and so is an error, and a source whose map() errs or lies.
 */
#include "serve.h"

#define PAGES 48u

enum fault { SHORT, NOTHING, ERROR, LONG, MAP_ERROR, MAP_NOTHING, MAP_TOO_MUCH, KINDS };

static struct served s;
static enum fault kind;
static _Atomic uint32_t calls;
static _Atomic uint32_t failures;

/* Two of three calls fail. */
static bool fails(bool in_map)
{
	if (in_map != (kind >= MAP_ERROR) || atomic_fetch_add(&calls, 1) % 3 == 2)
		return false;
	atomic_fetch_add(&failures, 1);
	return true;
}

static int64_t map(void *user, uint64_t offset, uint64_t length, int *zero)
{
	(void)user;
	(void)offset;
	*zero = fails(true);
	if (!*zero)
		return (int64_t)length;
	return kind == MAP_ERROR ? -EIO : kind == MAP_NOTHING ? 0 : (int64_t)length + 1;
}

static int64_t read_it(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	memset(buffer, 0xbd, length);
	if (fails(false)) {
		content_write(buffer, offset, length / 2);
		return kind == SHORT     ? (int64_t)length - 1
		       : kind == NOTHING ? 0
		       : kind == LONG    ? (int64_t)length + 4096
					 : -EIO;
	}
	content_write(buffer, offset, length);
	return (int64_t)length;
}

static void short_read_is_never_content(void)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it, .map = map};
	struct uffd_source *source;
	struct uffd_stats stats;

	for (kind = 0; kind < KINDS; kind++) {
		atomic_store(&calls, 0);
		atomic_store(&failures, 0);
		ck_assert_int_eq(uffd_source_open(&source, PAGES * 4096, &ops, NULL), 0);
		serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		      (struct uffd_region_opts){.source = source, .retry_ns = 20000});
		uffd_source_close(source);
		s.loop = serve_start(s.ctx, NULL);
		for (size_t k = 0; k < PAGES; k++)
			ck_assert_msg(served_right(&s, k), "kind %d, page %zu", (int)kind, k);
		serve_settled(&s);
		stats = stats_of(s.ctx);
		ck_assert_uint_ge(stats.source_errors, 2);
		ck_assert_uint_eq(stats.source_errors, atomic_load(&failures));
		ck_assert_uint_eq(stats.pages_copied, PAGES);
		serve_end(&s);
	}
}

TEST_MAIN(short_read_is_never_content)
