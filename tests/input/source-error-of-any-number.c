/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Whatever negative number a source's read or map answers, and whatever length that cannot be, its
 * page is poisoned, who waits for it gets SIGBUS, and the region can be closed.
 */
#include "input.h"
#include "input_errors.h"

struct answers {
	int64_t read;
	int64_t map;
	int zero;
};

static int64_t answer_read(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)buffer;
	(void)length;
	(void)offset;
	return ((struct answers *)user)->read;
}

static int64_t answer_map(void *user, uint64_t offset, uint64_t length, int *zero)
{
	struct answers *a = user;

	(void)offset;
	*zero = a->zero;
	return a->map ? a->map : (int64_t)length;
}

/* map gives what is there to be asked for; 0 here: all of it. */
static void expect_poison(struct uffd_ctx *ctx, struct test_memory *m, struct answers a, bool map)
{
	struct uffd_source_ops ops = {
		.size = sizeof(ops), .read = answer_read, .map = map ? answer_map : NULL};
	struct uffd_source *source = NULL;
	struct uffd_region *r;
	struct toucher t;

	EXPECT(uffd_source_open(&source, m->length, &ops, &a), 0);
	r = REGION(ctx, m, LIBUFFD_MISSING, .source = source, .max_retries = UINT32_MAX,
		   .fault_around = m->page);
	uffd_source_close(source);
	alarm(10);
	touch_start(&t, m->at, false, 0);
	ck_assert_msg(touch_join(&t) == TOUCH_SIGBUS, "read %lld, map %lld", (long long)a.read,
		      (long long)a.map);
	EXPECT(uffd_demand(r, m->page, m->page, NULL), -EHWPOISON);
	alarm(0);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_REFUSE), 0);
	ck_assert_ptr_eq(mmap(m->at, m->length, PROT_READ | PROT_WRITE,
			      MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
			 m->at);
}

static void any_number(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_POISON);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_loop *loop = NULL;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	EXPECT(uffd_loop_start(&loop, ctx, &o), 0);
	for (size_t i = 0; i < INPUT_ERRORS; i++) {
		expect_poison(ctx, &m, (struct answers){.read = input_errors[i]}, false);
		expect_poison(ctx, &m, (struct answers){.map = input_errors[i]}, true);
	}
	/* Less than asked for, or more than there is room for. */
	static const int64_t lengths[] = {0, 1, 4095, 4097, 8192, INT64_MAX, INT64_MIN};
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		expect_poison(ctx, &m, (struct answers){.read = lengths[i]}, false);
	static const int64_t mapped[] = {4097, 8192, INT64_MAX, INT64_MIN};
	for (size_t i = 0; i < sizeof(mapped) / sizeof(mapped[0]); i++)
		for (int zero = 0; zero < 2; zero++)
			expect_poison(
				ctx, &m,
				(struct answers){.read = -EIO, .map = mapped[i], .zero = zero},
				true);
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(any_number)
