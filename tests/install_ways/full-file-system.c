/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Shared memory on a file system that is full: there is no room for the page. That is an error like
 * any of the source, in every way to install and for every kind of source: held until there is
 * room, or poisoned. It is never a signal in the library's own threads, or in the source.
 */
#include "ways.h"
#include "held.h"
#include "place.h"

#define PAGES 16u
#define ROOM  32u

static const char *const small[] = {"size", "131072", "huge", "never", NULL};

enum kind { FROM_FILE, FROM_READ, FROM_LAYERS, FROM_MEMORY, FROM_SUBMIT, KINDS };
static const char *const kinds[KINDS] = {"a file", "a read", "layers that share a page",
					 "memory at an odd offset", "a submit"};

static struct held held;
static uint8_t expected[(PAGES + 1) * 4096];

/* The last quarter of every page is zeros. */
static int64_t quarters(void *user, uint64_t offset, uint64_t length, int *zero)
{
	uint64_t in = offset % 4096, left = in < 3072 ? 3072 - in : 4096 - in;

	(void)user;
	*zero = in >= 3072;
	return (int64_t)(left < length ? left : length);
}

static struct uffd_source *open_source(enum kind kind, uint64_t *offset)
{
	struct uffd_source_ops ops = {.size = sizeof(ops), .read = plain_read, .map = quarters};
	struct uffd_source *source, *layer;

	*offset = 0;
	content_write(expected, 0, sizeof(expected));
	switch (kind) {
	case FROM_FILE:
		return file_source(expected, PAGES * 4096);
	case FROM_READ:
		return plain_source(PAGES * 4096);
	case FROM_LAYERS:
		for (size_t k = 0; k < PAGES; k++)
			memset(expected + k * 4096 + 3072, 0, 1024);
		ck_assert_int_eq(uffd_source_open(&layer, PAGES * 4096, &ops, NULL), 0);
		ck_assert_int_eq(uffd_source_open_layers(&source, &layer, 1), 0);
		uffd_source_close(layer);
		return source;
	case FROM_MEMORY:
		/* Its last page is of a little memory and zeros. */
		*offset = 777;
		ck_assert_int_eq(
			uffd_source_open_memory(&source, expected, (PAGES - 1) * 4096 + 778), 0);
		return source;
	default:
		memset(&held, 0, sizeof(held));
		atomic_store(&held.at_once, true);
		return held_open(&held, PAGES * 4096);
	}
}

static size_t touched(enum kind kind)
{
	return kind == FROM_MEMORY ? PAGES - 1 : 5;
}

static bool right(const struct served *s, enum kind kind, size_t page, uint64_t offset)
{
	uint8_t copy[4096] = {0};

	if (kind == FROM_MEMORY && page == PAGES - 1)
		copy[0] = expected[offset + page * 4096];
	else
		memcpy(copy, expected + offset + page * 4096, 4096);
	return memcmp(served_page(s, page), copy, 4096) == 0;
}

static void full(const struct way *w, enum kind kind, uint32_t on_error)
{
	struct place place;
	struct served s = {0};
	struct toucher t;
	uint64_t offset;
	struct uffd_source *source = open_source(kind, &offset);
	static const uint8_t filler[ROOM * 4096];
	size_t page = touched(kind);
	int other;

	place_make_on(&place, "tmpfs", small);
	s.m = (struct test_memory){.page = 4096, .length = PAGES * 4096};
	s.m.fd = open(place.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(s.m.fd, 0);
	unlink(place.path);
	ck_assert_int_eq(ftruncate(s.m.fd, PAGES * 4096), 0);
	s.m.at = mmap(NULL, s.m.length, PROT_READ | PROT_WRITE, MAP_SHARED, s.m.fd, 0);
	ck_assert_ptr_ne(s.m.at, MAP_FAILED);
	other = open(place.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx(0);
	s.region = serve_region(&s, &s.m, w->modes,
				way_opts(w, (struct uffd_region_opts){.source = source,
								      .source_offset = offset,
								      .fault_around = 4096,
								      .on_error = on_error,
								      .max_retries = UINT32_MAX}));
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	/* One page while there is room, then none. */
	ck_assert_msg(right(&s, kind, 2, offset), "%s, %s", w->name, kinds[kind]);
	ck_assert_int_eq(pwrite(other, filler, sizeof(filler), 0), (ROOM - 1) * 4096);

	touch_start(&t, served_page(&s, page), false, 0);
	WAIT_UNTIL(stats_of(s.ctx).source_errors != 0);
	if (on_error == LIBUFFD_ON_ERROR_HOLD) {
		ck_assert(touch_asleep(&t));
		ck_assert_int_eq(uffd_region_page(s.region, page * 4096) & 3, LIBUFFD_PAGE_BUSY);
		ck_assert_int_eq(ftruncate(other, 0), 0);
		/* It is held a moment after it has been counted. */
		WAIT_UNTIL(uffd_region_resume(s.region) == 1);
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
		ck_assert_msg(right(&s, kind, page, offset), "%s, %s", w->name, kinds[kind]);
	} else {
		ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
		serve_settled(&s);
		ck_assert_uint_eq(LIBUFFD_PAGE_STATE(page_state(&s, page)), LIBUFFD_PAGE_POISONED);
		/* Others are not. */
		ck_assert_int_eq(ftruncate(other, 0), 0);
		ck_assert_msg(right(&s, kind, 3, offset), "%s, %s", w->name, kinds[kind]);
	}
	serve_end(&s);
	close(other);
	place_end(&place);
}

static void full_file_system(void)
{
	for (size_t i = 0; i < WAYS; i++) {
		/* Of an unlinked file it takes the descriptor to know what it is. */
		if (ways[i].backing != LIBUFFD_BACKING_SHMEM || ways[i].modes != WAY_BOTH)
			continue;
		for (enum kind kind = 0; kind < KINDS; kind++) {
			full(&ways[i], kind, LIBUFFD_ON_ERROR_HOLD);
			full(&ways[i], kind, LIBUFFD_ON_ERROR_POISON);
		}
	}
}

TEST_MAIN(full_file_system)
