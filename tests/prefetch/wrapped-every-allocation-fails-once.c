/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Wherever an allocation, a mapping or a thread is not to be had while a region is prefetched, the
 * call that needed it fails with its error, or all goes on without; what was begun ends right, and
 * everything is given back.
 */
#include "failing.h"
#include "serve.h"

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);

#define PAGES 256u

static _Atomic bool no_threads; /* but the loop's */

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg)
{
	if (failing_call() || atomic_load(&no_threads))
		return EAGAIN;
	return __real_pthread_create(thread, attr, fn, arg);
}

/* ck_assert allocates: while armed, what is wrong is noted. */
static int wrong;
#define NOTE(condition) (wrong = wrong || (condition) ? wrong : __LINE__)

static int64_t read_it(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	content_write(buffer, offset, length);
	return (int64_t)length;
}

static void keep_first(int *first, int ret)
{
	if (ret < 0 && *first == 0)
		*first = ret;
}

static int use(struct uffd_region *r, const struct test_memory *m, const uint8_t *content)
{
	struct uffd_range range = {0, PAGES * 4096};
	struct uffd_prefetch_opts opts = {.size = sizeof(opts), .ranges = &range, .range_count = 1};
	struct uffd_prefetch_progress p = {.size = sizeof(p)};
	struct uffd_prefetch *prefetch = NULL;
	int ret;

	if (!r)
		return 0;
	ret = uffd_prefetch_start(&prefetch, r, &opts);
	if (ret < 0)
		return ret;
	NOTE(uffd_prefetch_wait(prefetch, NULL) == 0);
	NOTE(uffd_prefetch_progress(prefetch, &p) == 0 && p.bytes_done == p.bytes_total);
	NOTE(memcmp(m->at, content, m->length) == 0);
	uffd_prefetch_close(prefetch);
	return 0;
}

/* The first error of all calls, or 0. */
static int run(const struct test_memory *m, const uint8_t *content, int fd)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it};
	struct uffd_loop_opts loop_opts = serve_loop_opts();
	struct uffd_region_opts opts = {.size = sizeof(opts)};
	struct uffd_source *source = NULL;
	struct uffd_region *r = NULL;
	struct uffd_loop *loop = NULL;
	struct uffd_ctx *ctx = NULL;
	int first = 0;

	keep_first(&first, fd < 0 ? uffd_source_open(&source, m->length, &ops, NULL)
				  : uffd_source_open_fd(&source, fd, NULL));
	keep_first(&first, uffd_ctx_open(&ctx, NULL));
	opts.source = source;
	if (ctx && source)
		keep_first(&first,
			   uffd_region_add(&r, ctx, m->at, m->length, LIBUFFD_MISSING, &opts));
	uffd_source_close(source);
	if (ctx) {
		bool none = atomic_exchange(&no_threads, false);

		keep_first(&first, uffd_loop_start(&loop, ctx, &loop_opts));
		atomic_store(&no_threads, none);
	}
	if (loop)
		keep_first(&first, use(r, m, content));
	if (loop)
		NOTE(uffd_loop_close(loop) == 0);
	if (ctx)
		NOTE(uffd_ctx_close(ctx, LIBUFFD_CLOSE_FINISH) == 0);
	return first;
}

static int run_failing(const struct test_memory *m, const uint8_t *content, int fd, long k)
{
	int ret;

	ck_assert_int_eq(madvise(m->at, m->length, MADV_DONTNEED), 0);
	failing_choose(k);
	failing_arm(true);
	ret = run(m, content, fd);
	failing_arm(false);
	ck_assert_msg(!wrong, "failing call %ld: see line %d", k, wrong);
	failing_expect_given_back(k);
	return ret;
}

static void fail_each(const struct test_memory *m, const uint8_t *content, int fd)
{
	long k = 0;
	int ret;

	ck_assert_int_eq(run_failing(m, content, fd, 0), 0);
	do {
		ret = run_failing(m, content, fd, ++k);
		ck_assert_msg(ret == 0 || ret == -ENOMEM || ret == -EAGAIN,
			      "failing call %ld: %d (%s)", k, ret, strerror(-ret));
	} while (k <= failing_calls());
	ck_assert_int_gt(k, 10);
}

static void every_allocation_fails_once(void)
{
	char path[] = "/var/tmp/uffd-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	struct test_memory m;
	uint8_t *content;

	ck_assert_int_ge(fd, 0);
	unlink(path);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, PAGES);
	content = content_make(m.length);
	ck_assert_int_eq(write(fd, content, m.length), (ssize_t)m.length);
	close(test_uffd(0));
	fail_each(&m, content, fd);
	fail_each(&m, content, -1);
	/* Without any thread but the loop's. */
	atomic_store(&no_threads, true);
	ck_assert_int_eq(run_failing(&m, content, fd, 0), 0);
	ck_assert_int_eq(run_failing(&m, content, -1, 0), 0);
	munmap(content, m.length);
	test_memory_free(&m);
	close(fd);
}

TEST_MAIN(every_allocation_fails_once)
