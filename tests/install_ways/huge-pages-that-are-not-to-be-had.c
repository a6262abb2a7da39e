/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file of huge pages that may have fewer than the region is long: the page that cannot be had is
 * an error like any of the source, held or poisoned, by COPY and by ALIAS, from a file, a read, a
 * submit and layers. It is never a signal in the library or in the source.
 */
#include "ways.h"
#include "held.h"
#include "place.h"

#define PAGES 3u
#define ROOM  2u

static const char *const small[] = {"size", "4M", "pagesize", "2M", NULL};

enum from { FROM_FILE, FROM_READ, FROM_SUBMIT, FROM_LAYERS, FROMS };
static const char *const names[FROMS] = {"a file", "a read", "a submit", "layers"};

static struct held held;
static uint8_t *content;

/* The last quarter of every huge page is zeros. */
static int64_t quarters(void *user, uint64_t offset, uint64_t length, int *zero)
{
	uint64_t in = offset % WAYS_HUGE, data = WAYS_HUGE * 3 / 4;
	uint64_t left = in < data ? data - in : WAYS_HUGE - in;

	(void)user;
	*zero = in >= data;
	return (int64_t)(left < length ? left : length);
}

static struct uffd_source *open_source(enum from from)
{
	struct uffd_source_ops ops = {.size = sizeof(ops), .read = plain_read, .map = quarters};
	struct uffd_source *source, *layer;

	content_write(content, 0, PAGES * WAYS_HUGE);
	switch (from) {
	case FROM_FILE:
		return file_source(content, PAGES * WAYS_HUGE);
	case FROM_READ:
		return plain_source(PAGES * WAYS_HUGE);
	case FROM_SUBMIT:
		memset(&held, 0, sizeof(held));
		atomic_store(&held.at_once, true);
		return held_open(&held, PAGES * WAYS_HUGE);
	default:
		for (size_t k = 0; k < PAGES; k++)
			memset(content + k * WAYS_HUGE + WAYS_HUGE * 3 / 4, 0, WAYS_HUGE / 4);
		ck_assert_int_eq(uffd_source_open(&layer, PAGES * WAYS_HUGE, &ops, NULL), 0);
		ck_assert_int_eq(uffd_source_open_layers(&source, &layer, 1), 0);
		uffd_source_close(layer);
		return source;
	}
}

static void exhausted(uint32_t install, enum from from, uint32_t on_error)
{
	struct uffd_source *source = open_source(from);
	struct place place;
	struct served s = {0};
	struct toucher t;

	place_make_on(&place, "hugetlbfs", small);
	s.m = (struct test_memory){.page = WAYS_HUGE, .length = PAGES * WAYS_HUGE};
	s.m.fd = open(place.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(s.m.fd, 0);
	unlink(place.path);
	ck_assert_int_eq(ftruncate(s.m.fd, (off_t)s.m.length), 0);
	s.m.at = mmap(NULL, s.m.length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, s.m.fd,
		      0);
	ck_assert_ptr_ne(s.m.at, MAP_FAILED);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx(0);
	s.region = serve_region(&s, &s.m, WAY_BOTH,
				(struct uffd_region_opts){.source = source,
							  .flags = install == LIBUFFD_INSTALL_ALIAS
									   ? LIBUFFD_REGION_ALIAS
									   : 0,
							  .install = install,
							  .on_error = on_error,
							  .max_retries = UINT32_MAX});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < ROOM; k++)
		if (memcmp(served_page(&s, k), content + k * WAYS_HUGE, WAYS_HUGE))
			ck_abort_msg("install %u, from %s: page %zu", install, names[from], k);
	touch_start(&t, served_page(&s, 2) + 5, false, 0);
	WAIT_UNTIL(stats_of(s.ctx).source_errors != 0);
	if (on_error == LIBUFFD_ON_ERROR_HOLD) {
		ck_assert(touch_asleep(&t));
		ck_assert_int_eq(
			fallocate(s.m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, WAYS_HUGE),
			0);
		WAIT_UNTIL(uffd_region_resume(s.region) == 1);
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
		if (memcmp(served_page(&s, 2), content + 2 * WAYS_HUGE, WAYS_HUGE))
			ck_abort_msg("install %u, from %s: page 2", install, names[from]);
	} else {
		ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
		serve_settled(&s);
		ck_assert_uint_eq(LIBUFFD_PAGE_STATE(page_state(&s, 2)), LIBUFFD_PAGE_POISONED);
	}
	serve_end(&s);
	place_end(&place);
}

static void huge_pages_that_are_not_to_be_had(void)
{
	if (!way_has_memory(&(struct way){.backing = LIBUFFD_BACKING_HUGETLB}, ROOM + 2))
		test_skip("no %u free huge pages of 2 MiB", ROOM + 2);
	content = content_make(PAGES * WAYS_HUGE);
	for (enum from from = 0; from < FROMS; from++) {
		exhausted(LIBUFFD_INSTALL_COPY, from, LIBUFFD_ON_ERROR_HOLD);
		exhausted(LIBUFFD_INSTALL_ALIAS, from, LIBUFFD_ON_ERROR_HOLD);
		exhausted(LIBUFFD_INSTALL_ALIAS, from, LIBUFFD_ON_ERROR_POISON);
	}
	munmap(content, PAGES * WAYS_HUGE);
}

TEST_MAIN(huge_pages_that_are_not_to_be_had)
