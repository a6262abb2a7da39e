/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Wherever an allocation or a mapping is not to be had while a region begins to be tracked, the
 * start fails with -ENOMEM and leaves the region as it was; collecting needs none. Everything is
 * given back.
 */
#include "tracked.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *at, size_t size);
void __wrap_free(void *at);
void *__wrap_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset);
int __wrap_munmap(void *at, size_t length);
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *at, size_t size);
void __real_free(void *at);
void *__real_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t length);

#define PAGES 8u
#define MOST  64

static bool armed;          /* the library is at work, not the test's own means */
static long calls, failing; /* which call fails; 0: none */
static struct {
	void *at;
	size_t mapped; /* 0: allocated */
} live[MOST];

static bool fails(void)
{
	return armed && ++calls == failing;
}

static void *took(void *at, size_t bytes)
{
	for (size_t i = 0; at && armed && i < MOST; i++)
		if (!live[i].at) {
			live[i].at = at;
			live[i].mapped = bytes;
			break;
		}
	return at;
}

static void gave(void *at, size_t bytes)
{
	for (size_t i = 0; i < MOST; i++)
		if (at && live[i].at == at && live[i].mapped == bytes)
			live[i].at = NULL;
}

static int count_live(void)
{
	int n = 0;

	for (size_t i = 0; i < MOST; i++)
		n += live[i].at != NULL;
	return n;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : took(__real_malloc(size), 0);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : took(__real_calloc(n, size), 0);
}

void *__wrap_realloc(void *old, size_t size)
{
	if (fails())
		return NULL;
	gave(old, 0);
	return took(__real_realloc(old, size), 0);
}

void __wrap_free(void *at)
{
	gave(at, 0);
	__real_free(at);
}

void *__wrap_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset)
{
	void *got;

	if (fails()) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	got = __real_mmap(at, length, prot, flags, fd, offset);
	return got == MAP_FAILED ? got : took(got, length);
}

int __wrap_munmap(void *at, size_t length)
{
	gave(at, length);
	return __real_munmap(at, length);
}

/* The region is made anew each time: what tracking it needs is its own, and may be made with it. */
static int begin_failing(struct tracked *t, long k)
{
	const struct uffd_region_opts region_opts = {.size = sizeof(region_opts)};
	const struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = t->method};
	int ret;

	calls = 0;
	failing = k;
	armed = true;
	ret = uffd_region_add(&t->s.region, t->s.ctx, t->s.m.at, t->s.m.length, LIBUFFD_WP,
			      &region_opts);
	if (ret == 0)
		ret = uffd_dirty_start(&t->dirty, t->s.region, &opts);
	armed = false;
	return ret;
}

static void works(struct tracked *t)
{
	struct uffd_range range;
	uint64_t offset = 0;
	int64_t n;
	int marked;

	track_write(t, 2);
	armed = true;
	failing = calls + 1;
	n = uffd_dirty_collect(t->dirty, &offset, &range, 1);
	marked = uffd_dirty_mark(t->dirty, 0, t->s.m.page);
	armed = false;
	ck_assert(n == 1 && range.offset == 2 * t->s.m.page && range.length == t->s.m.page);
	ck_assert_int_eq(marked, 0);
}

static int fail_one(uint32_t method, long k)
{
	struct tracked t = {.method = method};
	int ret;

	test_memory_make(&t.s.m, LIBUFFD_BACKING_ANON, PAGES);
	t.s.content = content_make(t.s.m.length);
	t.s.ctx = serve_ctx(track_features(method));
	/* The loop's thread has nothing to do while this one is armed. */
	t.s.loop = serve_start(t.s.ctx, NULL);
	track_write(&t, 1);
	ret = begin_failing(&t, k);
	if (ret < 0) {
		ck_assert_int_eq(ret, -ENOMEM);
		t.dirty = NULL;
	}
	if (ret < 0 && t.s.region) {
		ck_assert_int_eq(uffd_writeprotect(t.s.region, 0, t.s.m.page, 0), 0);
		track_start(&t);
	}
	if (t.dirty)
		works(&t);
	track_end(&t);
	ck_assert_msg(count_live() == 0, "failing call %ld: %d are left", k, count_live());
	return ret;
}

static void every_allocation_fails_once(void)
{
	for (uint32_t method = LIBUFFD_DIRTY_ASYNC; method <= LIBUFFD_DIRTY_SYNC; method++) {
		long k = 1;

		ck_assert_int_eq(fail_one(method, 0), 0);
		while (fail_one(method, k) < 0)
			k++;
		/* The region, its pages, its planes, the tracking. */
		ck_assert_int_gt(k, 4);
	}
}

TEST_MAIN(every_allocation_fails_once)
