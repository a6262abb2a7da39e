/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the tests of dirty tracking share: memory of every kind, tracked in either way, and what a
 * collect says as a line of text.
 */
#ifndef TRACKED_H
#define TRACKED_H

#include "serve.h"

#include "../unit/random.h"

#define TRACK_MOST 2048u /* pages that EXPECT_DIRTY() can tell of */

struct track_kind {
	const char *name;
	uint32_t backing;
	uint32_t modes; /* besides WP */
};

static const struct track_kind track_kinds[] = {
	{"anonymous", LIBUFFD_BACKING_ANON, 0},
	{"anonymous, missing", LIBUFFD_BACKING_ANON, LIBUFFD_MISSING},
	{"shmem", LIBUFFD_BACKING_SHMEM, 0},
	{"shmem, missing", LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING},
	{"shmem, missing and minor", LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR},
	{"private shmem", LIBUFFD_BACKING_SHMEM_PRIVATE, 0},
	{"private shmem, missing", LIBUFFD_BACKING_SHMEM_PRIVATE, LIBUFFD_MISSING},
	{"hugetlb", LIBUFFD_BACKING_HUGETLB, 0},
	{"hugetlb, missing", LIBUFFD_BACKING_HUGETLB, LIBUFFD_MISSING},
	{"hugetlb, missing and minor", LIBUFFD_BACKING_HUGETLB, LIBUFFD_MISSING | LIBUFFD_MINOR},
	{"private hugetlb", LIBUFFD_BACKING_HUGETLB_PRIVATE, 0},
	{"private hugetlb, missing", LIBUFFD_BACKING_HUGETLB_PRIVATE, LIBUFFD_MISSING},
};
#define TRACK_KINDS (sizeof(track_kinds) / sizeof(track_kinds[0]))

static inline bool track_is_huge(const struct track_kind *k)
{
	return k->backing == LIBUFFD_BACKING_HUGETLB ||
	       k->backing == LIBUFFD_BACKING_HUGETLB_PRIVATE;
}

/* Leaves out what this machine has no huge pages for, but not the whole test. */
static inline bool track_has_memory(const struct track_kind *k, size_t pages)
{
	size_t length = pages << 21;
	void *at;

	if (!track_is_huge(k))
		return true;
	at = mmap(NULL, length, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (21 << MAP_HUGE_SHIFT), -1, 0);
	if (at != MAP_FAILED)
		munmap(at, length);
	return at != MAP_FAILED;
}

static inline const char *track_method_name(uint32_t method)
{
	return method == LIBUFFD_DIRTY_ASYNC ? "ASYNC" : "SYNC";
}

struct tracked {
	struct served s;
	struct uffd_dirty *dirty;
	uint32_t method;
	char name[64]; /* for messages */
};

/* What the context must have for the method; the rest is there where the kernel has it. */
static inline uint64_t track_features(uint32_t method)
{
	return UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM |
	       (method == LIBUFFD_DIRTY_ASYNC ? UFFD_FEATURE_WP_ASYNC
					      : UFFD_FEATURE_WP_UNPOPULATED);
}

/* A region with a loop, not tracked yet. */
static inline void track_serve(struct tracked *t, uint32_t method, const struct track_kind *k,
			       size_t pages, uint64_t features, uint32_t ctx_flags,
			       struct uffd_region_opts opts)
{
	memset(t, 0, sizeof(*t));
	t->method = method;
	snprintf(t->name, sizeof(t->name), "%s, %s", track_method_name(method), k->name);
	test_memory_make(&t->s.m, k->backing, pages);
	t->s.content = content_make(t->s.m.length);
	t->s.ctx = serve_ctx_flags(features | track_features(method), ctx_flags);
	t->s.region = serve_region(&t->s, &t->s.m, k->modes | LIBUFFD_WP, opts);
	t->s.loop = serve_start(t->s.ctx, NULL);
}

/*
 * A try against a mapping that changes all the time may use up its second of patience: then another
 * is made. -EAGAIN any sooner is the answer, and an error.
 */
#define TRACK_PATIENTLY(ret, call)                                                                 \
	do {                                                                                       \
		uint64_t began_;                                                                   \
		do {                                                                               \
			began_ = test_now();                                                       \
			(ret) = (call);                                                            \
		} while ((ret) == -EAGAIN && test_now() - began_ >= UINT64_C(1000000000));         \
	} while (0)

static inline void track_start(struct tracked *t)
{
	const struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = t->method};
	int ret;

	TRACK_PATIENTLY(ret, uffd_dirty_start(&t->dirty, t->s.region, &opts));
	ck_assert_msg(ret == 0, "%s: uffd_dirty_start: %d (%s)", t->name, ret, strerror(-ret));
}

static inline void track_stop(struct tracked *t)
{
	ck_assert_int_eq(uffd_dirty_stop(t->dirty), 0);
	t->dirty = NULL;
}

static inline void track_end(struct tracked *t)
{
	if (t->dirty)
		track_stop(t);
	serve_end(&t->s);
}

/* Both methods, all kinds. Where the test takes so many pages, each fn has its own. */
static inline void track_each(void (*fn)(uint32_t method, const struct track_kind *kind),
			      size_t huge_pages)
{
	for (size_t k = 0; k < TRACK_KINDS; k++) {
		if (!track_has_memory(&track_kinds[k], huge_pages)) {
			printf("left out: %s, no huge pages\n", track_kinds[k].name);
			continue;
		}
		fn(LIBUFFD_DIRTY_ASYNC, &track_kinds[k]);
		fn(LIBUFFD_DIRTY_SYNC, &track_kinds[k]);
	}
}

/* A write that changes the page, whatever is in it. */
static inline void track_write(const struct tracked *t, size_t page)
{
	++*(volatile uint8_t *)served_page(&t->s, page);
}

static inline uint8_t track_read(const struct tracked *t, size_t page)
{
	return *(volatile uint8_t *)served_page(&t->s, page);
}

/*
 * The ranges are in order, do not touch, and lie in [from, to). An assertion for each takes long.
 */
static inline void ranges_are_good(const struct uffd_range *ranges, int64_t n, uint64_t from,
				   uint64_t to, uint64_t page)
{
	uint64_t end = from;

	for (int64_t i = 0; i < n; i++) {
		const struct uffd_range *r = &ranges[i];

		if (!r->length || (r->offset | r->length) & (page - 1) || r->offset < end ||
		    (i > 0 && r->offset == end) || r->offset > to || r->length > to - r->offset)
			ck_abort_msg("range %lld of %lld: 0x%llx, length 0x%llx, after 0x%llx",
				     (long long)i, (long long)n, (unsigned long long)r->offset,
				     (unsigned long long)r->length, (unsigned long long)end);
		end = r->offset + r->length;
	}
}

/* Collects all, some ranges at a time, and marks the pages that were stored. Returns how many. */
static inline size_t collect_all(struct uffd_dirty *d, uint64_t length, uint64_t page,
				 uint64_t at_once, uint8_t *found)
{
	struct uffd_range ranges[64];
	uint64_t offset = 0;
	size_t pages = 0;

	memset(found, 0, length / page);
	at_once = at_once < 64 ? at_once : 64;
	while (offset < length) {
		uint64_t before = offset;
		int64_t n;

		TRACK_PATIENTLY(n, uffd_dirty_collect(d, &offset, ranges, at_once));
		if (n < 0 || (uint64_t)n > at_once || offset <= before || offset > length)
			ck_abort_msg("uffd_dirty_collect: %lld (%s), from 0x%llx to 0x%llx",
				     (long long)n, n < 0 ? strerror((int)-n) : "",
				     (unsigned long long)before, (unsigned long long)offset);
		ranges_are_good(ranges, n, before, offset, page);
		for (int64_t i = 0; i < n; i++) {
			memset(found + ranges[i].offset / page, 1, ranges[i].length / page);
			pages += ranges[i].length / page;
		}
	}
	return pages;
}

/* All that is dirty, as "0-3 7": page numbers. "" is nothing. */
static inline const char *dirty_text(struct tracked *t, char *text, size_t size)
{
	static uint8_t found[TRACK_MOST];
	size_t pages = t->s.m.length / t->s.m.page, used = 0;

	ck_assert_uint_le(pages, TRACK_MOST);
	collect_all(t->dirty, t->s.m.length, t->s.m.page, 16, found);
	text[0] = '\0';
	for (size_t k = 0; k < pages; k++) {
		size_t first = k;

		if (!found[k])
			continue;
		while (k + 1 < pages && found[k + 1])
			k++;
		used += (size_t)snprintf(text + used, used < size ? size - used : 0,
					 k > first ? "%s%zu-%zu" : "%s%zu", used ? " " : "", first,
					 k);
	}
	return text;
}

#define EXPECT_DIRTY(t, wanted)                                                                    \
	do {                                                                                       \
		char text_[1024];                                                                  \
		dirty_text(t, text_, sizeof(text_));                                               \
		ck_assert_msg(strcmp(text_, wanted) == 0, "%s: dirty is \"%s\", expected \"%s\"",  \
			      (t)->name, text_, wanted);                                           \
	} while (0)

/* How long a test of racing threads goes on. */
static inline uint64_t track_until(void)
{
	const char *slow = getenv("UFFD_TEST_SLOW");
	unsigned long seconds = slow ? strtoul(slow, NULL, 10) : 0;

	return test_now() + (seconds ? seconds : 2) * UINT64_C(1000000000);
}

#endif
