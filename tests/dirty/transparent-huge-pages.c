/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory that the kernel backs with huge pages of its own choice is tracked by the region's pages:
 * a write to one of 512 is one, whether the huge page was there before or comes meanwhile.
 */
#include "hugepage.h"
#include "tracked.h"

#define PAGES (2 * HUGE_SIZE / 4096)

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static void aligned_make(struct test_memory *m)
{
	uint8_t *from = mmap(NULL, 3 * HUGE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t into = (uintptr_t)from & (HUGE_SIZE - 1), before = into ? HUGE_SIZE - into : 0;

	ck_assert_ptr_ne(from, MAP_FAILED);
	if (before)
		munmap(from, before);
	munmap(from + before + 2 * HUGE_SIZE, HUGE_SIZE - before);
	*m = (struct test_memory){
		.at = from + before, .length = 2 * HUGE_SIZE, .page = 4096, .fd = -1};
	madvise(m->at, m->length, MADV_HUGEPAGE);
}

static void begin(struct tracked *t, uint32_t method)
{
	memset(t, 0, sizeof(*t));
	t->method = method;
	snprintf(t->name, sizeof(t->name), "%s", track_method_name(method));
	aligned_make(&t->s.m);
	t->s.content = content_make(t->s.m.length);
	t->s.ctx = serve_ctx(track_features(method));
	t->s.region = serve_region(&t->s, &t->s.m, LIBUFFD_WP, (struct uffd_region_opts){0});
	t->s.loop = serve_start(t->s.ctx, NULL);
}

static void there_before(uint32_t method)
{
	struct tracked t;

	begin(&t, method);
	memset(t.s.m.at, 1, t.s.m.length);
	track_start(&t);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 5);
	track_write(&t, 700);
	EXPECT_DIRTY(&t, "5 700");
	track_write(&t, 5);
	track_write(&t, 6);
	track_write(&t, 1023);
	EXPECT_DIRTY(&t, "5-6 1023");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

/* Shared memory whose file has a huge page, mapped as one. */
static void shared(uint32_t method)
{
	struct tracked t = {.method = method, .name = "shmem"};
	char text[64];

	memfd_aligned_make(&t.s.m);
	memset(t.s.m.at, 1, t.s.m.length);
	if (madvise(t.s.m.at, t.s.m.length, MADV_COLLAPSE)) {
		test_memory_free(&t.s.m);
		return;
	}
	*(volatile uint8_t *)t.s.m.at = 1;
	t.s.content = content_make(t.s.m.length);
	t.s.ctx = serve_ctx(track_features(method));
	t.s.region = serve_region(&t.s, &t.s.m, LIBUFFD_WP, (struct uffd_region_opts){0});
	t.s.loop = serve_start(t.s.ctx, NULL);
	track_start(&t);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 5);
	track_write(&t, 300);
	/* With ASYNC the kernel may forget the protection of all that one entry had mapped. */
	dirty_text(&t, text, sizeof(text));
	ck_assert_msg(!strcmp(text, "5 300") ||
			      (method == LIBUFFD_DIRTY_ASYNC && !strcmp(text, "0-511")),
		      "%s: dirty is \"%s\"", track_method_name(method), text);
	track_read(&t, 6);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 5);
	track_write(&t, 6);
	EXPECT_DIRTY(&t, "5-6");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

/*
 * All of a huge page written and collapsed: nothing of it is protected, all of it is dirty already.
 */
static void collapsed(uint32_t method)
{
	struct tracked t;
	bool able;

	begin(&t, method);
	madvise(t.s.m.at, t.s.m.length, MADV_NOHUGEPAGE);
	memset(t.s.m.at, 1, t.s.m.length);
	madvise(t.s.m.at, t.s.m.length, MADV_HUGEPAGE);
	track_start(&t);
	for (size_t k = 0; k < 512; k++)
		track_write(&t, k);
	able = madvise(t.s.m.at, HUGE_SIZE, MADV_COLLAPSE) == 0;
	if (able)
		track_write(&t, 7);
	EXPECT_DIRTY(&t, "0-511");
	EXPECT_DIRTY(&t, "");
	track_write(&t, 9);
	EXPECT_DIRTY(&t, "9");
	/* Most of it protected: not to be collapsed into something that is not. */
	madvise(t.s.m.at, t.s.m.length, MADV_COLLAPSE);
	track_write(&t, 20);
	track_write(&t, 600);
	EXPECT_DIRTY(&t, "20 600");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

/* Never touched: the first write must not bring a huge page of which the rest is open. */
static void come_meanwhile(uint32_t method)
{
	struct tracked t;

	begin(&t, method);
	track_start(&t);
	track_write(&t, 3);
	EXPECT_DIRTY(&t, "3");
	track_read(&t, 100);
	track_read(&t, 800);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 101);
	track_write(&t, 800);
	EXPECT_DIRTY(&t, "101 800");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

static void transparent_huge_pages(void)
{
	if (sysconf(_SC_PAGESIZE) != 4096)
		test_skip("pages of %ld bytes", sysconf(_SC_PAGESIZE));
	for (uint32_t method = LIBUFFD_DIRTY_ASYNC; method <= LIBUFFD_DIRTY_SYNC; method++) {
		there_before(method);
		shared(method);
		collapsed(method);
		come_meanwhile(method);
	}
}

TEST_MAIN(transparent_huge_pages)
