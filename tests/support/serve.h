/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the tests of loops and pagers share: content whose every byte tells where it is from, and
 * memory that is served with it. Everything here is for the test's own thread, but the callbacks.
 */
#ifndef SERVE_H
#define SERVE_H

#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <uffd.h>

/* The byte at an offset: never 0, and different from page to page and within one. */
static inline uint8_t content_byte(uint64_t at)
{
	return (uint8_t)((at * UINT64_C(0x9e3779b97f4a7c15)) >> 53) | 1;
}

static inline void content_write(void *to, uint64_t from, size_t length)
{
	uint8_t *bytes = to;

	for (size_t i = 0; i < length; i++)
		bytes[i] = content_byte(from + i);
}

/* Whether the bytes at at are the content of [from, from + length). */
static inline bool content_is(const volatile void *at, uint64_t from, size_t length)
{
	const volatile uint8_t *bytes = at;

	for (size_t i = 0; i < length; i++)
		if (bytes[i] != content_byte(from + i))
			return false;
	return true;
}

static inline bool all_zero(const volatile void *at, size_t length)
{
	const volatile uint8_t *bytes = at;

	for (size_t i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return true;
}

/* Ordinary memory with the content of [0, length). */
static inline uint8_t *content_make(size_t length)
{
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_msg(at != MAP_FAILED, "mmap: %s", strerror(errno));
	content_write(at, 0, length);
	return at;
}

/* One region of one context and what it is filled with. */
struct served {
	struct test_memory m;
	uint8_t *content; /* of every byte of it */
	struct uffd_ctx *ctx;
	struct uffd_region *region;
	struct uffd_loop *loop;
	_Atomic int calls; /* of served_fault() */
	_Atomic int error; /* the first completion that failed */
};

/*
 * The fault callback of a region whose opts name none: copies, at once, and goes on where the
 * mapping changes for longer than the library waits.
 */
static inline int served_fault(struct uffd_region *region, const struct uffd_extent *extent,
			       void *user)
{
	struct served *s = user;
	uint64_t done = 0;
	int64_t ret;

	atomic_fetch_add(&s->calls, 1);
	do {
		uint64_t at = extent->offset + done;

		ret = uffd_copy(region, at, s->content + at, extent->length - done, 0);
		if (ret > 0)
			done += (uint64_t)ret;
	} while (ret > 0 || ret == -EAGAIN);
	if (ret < 0 && ret != -ENOENT)
		atomic_store(&s->error, (int)ret);
	return 0;
}

static inline struct uffd_ctx *serve_ctx_flags(uint64_t features, uint32_t flags)
{
	struct uffd_open_report report = {0};
	struct uffd_ctx_opts opts = {
		.size = sizeof(opts), .flags = flags, .features = features, .report = &report};
	struct uffd_ctx *ctx = NULL;
	int ret = uffd_ctx_open(&ctx, &opts);

	if (ret == -EPERM || ret == -EACCES || ret == -ENOSYS || ret == -EOPNOTSUPP)
		test_skip("no userfaultfd with features 0x%llx here: %s",
			  (unsigned long long)features, strerror(-ret));
	ck_assert_int_eq(ret, 0);
	return ctx;
}

static inline struct uffd_ctx *serve_ctx(uint64_t features)
{
	return serve_ctx_flags(features, 0);
}

static inline struct uffd_loop_opts serve_loop_opts(void)
{
	return (struct uffd_loop_opts){.size = sizeof(struct uffd_loop_opts),
				       .poller = test_poller()};
}

static inline void serve_loop_made(int ret)
{
	if (test_poller() == LIBUFFD_POLLER_URING &&
	    (ret == -ENOSYS || ret == -EPERM || ret == -EOPNOTSUPP))
		test_skip("no io_uring here: %s", strerror(-ret));
	ck_assert_int_eq(ret, 0);
}

/* A loop with a thread of its own; opts NULL: the suite's poller and nothing else. */
static inline struct uffd_loop *serve_start(struct uffd_ctx *ctx, const struct uffd_loop_opts *opts)
{
	struct uffd_loop_opts o = opts ? *opts : serve_loop_opts();
	struct uffd_loop *loop = NULL;

	serve_loop_made(uffd_loop_start(&loop, ctx, &o));
	return loop;
}

/* A loop for the test to dispatch. */
static inline struct uffd_loop *serve_open(struct uffd_ctx *ctx, const struct uffd_loop_opts *opts)
{
	struct uffd_loop_opts o = opts ? *opts : serve_loop_opts();
	struct uffd_loop *loop = NULL;

	serve_loop_made(uffd_loop_open(&loop, ctx, &o));
	return loop;
}

/*
 * A region over all of m. What opts leaves out: size; the file of shared memory; and with neither
 * source nor callback served_fault(), for which user must be NULL and becomes s.
 */
static inline struct uffd_region *serve_region(struct served *s, const struct test_memory *m,
					       uint32_t modes, struct uffd_region_opts opts)
{
	struct uffd_region *region = NULL;
	bool faults = modes & (LIBUFFD_MISSING | LIBUFFD_MINOR) &&
		      !(opts.flags & LIBUFFD_REGION_TRUST_CACHE && !(modes & LIBUFFD_MISSING));

	opts.size = sizeof(opts);
	if (faults && !opts.source && !opts.fault)
		opts.fault = served_fault;
	if (!opts.user)
		opts.user = s;
	if (m->fd >= 0 && modes & LIBUFFD_MINOR) {
		opts.flags |= LIBUFFD_REGION_FD;
		opts.fd = m->fd;
	}
	ck_assert_int_eq(uffd_region_add(&region, s->ctx, m->at, m->length, modes, &opts), 0);
	return region;
}

/* Memory, its content, a context and a region; no loop yet. */
static inline void serve(struct served *s, uint32_t backing, size_t pages, uint64_t features,
			 uint32_t modes, struct uffd_region_opts opts)
{
	memset(s, 0, sizeof(*s));
	test_memory_make(&s->m, backing, pages);
	s->content = content_make(s->m.length);
	s->ctx = serve_ctx(features);
	s->region = serve_region(s, &s->m, modes, opts);
}

/* Closes all; what was not filled is dropped. */
static inline void serve_end(struct served *s)
{
	if (s->loop)
		ck_assert_int_eq(uffd_loop_close(s->loop), 0);
	ck_assert_int_eq(uffd_ctx_close(s->ctx, LIBUFFD_CLOSE_DROP), 0);
	munmap(s->content, s->m.length);
	test_memory_free(&s->m);
	ck_assert_int_eq(atomic_load(&s->error), 0);
}

static inline uint8_t *served_page(const struct served *s, size_t page)
{
	return (uint8_t *)s->m.at + page * s->m.page;
}

/* Whether a page of the memory, which this reads, has its content. */
static inline bool served_right(const struct served *s, size_t page)
{
	return memcmp(served_page(s, page), s->content + page * s->m.page, s->m.page) == 0;
}

static inline unsigned int page_state(const struct served *s, size_t page)
{
	int state = uffd_region_page(s->region, page * s->m.page);

	ck_assert_int_ge(state, 0);
	return (unsigned int)state;
}

static inline struct uffd_stats stats_of(struct uffd_ctx *ctx)
{
	struct uffd_stats stats = {.size = sizeof(stats)};

	ck_assert_int_eq(uffd_ctx_stats(ctx, &stats), 0);
	return stats;
}

/* Repeats until the condition holds, at most ten seconds. */
#define WAIT_UNTIL(condition)                                                                      \
	do {                                                                                       \
		uint64_t give_up_ = test_now() + UINT64_C(10000000000);                            \
		while (!(condition)) {                                                             \
			ck_assert_msg(test_now() < give_up_, "never came true: %s", #condition);   \
			sched_yield();                                                             \
		}                                                                                  \
	} while (0)

/*
 * uffd_copy() into a mapping that changes. A try that used up its second of patience is made again:
 * the thread that it waited for may have had no CPU for so long. -EAGAIN any sooner is the answer.
 */
static inline int64_t copy_patiently(struct uffd_region *region, uint64_t offset, const void *src,
				     uint64_t length)
{
	uint64_t began;
	int64_t ret;

	do {
		began = test_now();
		ret = uffd_copy(region, offset, src, length, 0);
	} while (ret == -EAGAIN && test_now() - began >= UINT64_C(1000000000));
	return ret;
}

/*
 * A woken thread runs on before the page that it waited for is published: states and counts are
 * looked at when no page is claimed any more.
 */
static inline void serve_settled(const struct served *s)
{
	for (size_t k = 0; k * s->m.page < s->m.length; k++)
		WAIT_UNTIL(LIBUFFD_PAGE_STATE(page_state(s, k)) != LIBUFFD_PAGE_BUSY);
}

/* Dispatches a loop of this thread until the condition holds, at most ten seconds. */
#define DISPATCH_UNTIL(loop, condition)                                                            \
	do {                                                                                       \
		uint64_t give_up_ = test_now() + UINT64_C(10000000000);                            \
		while (!(condition)) {                                                             \
			int n_ = uffd_loop_dispatch(loop, 10);                                     \
			ck_assert_msg(n_ >= 0, "dispatch: %s", strerror(-n_));                     \
			ck_assert_msg(test_now() < give_up_, "never came true: %s", #condition);   \
		}                                                                                  \
	} while (0)

#endif
