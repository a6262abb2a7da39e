/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Wherever an allocation or a mapping fails, the call that needed it fails with ENOMEM or goes on
 * without; everything is given back, and what was there before still works.
 */
#include "failing.h"
#include "input.h"

/* ck_assert allocates: while armed, what is wrong is noted. */
static int wrong;
#define NOTE(condition) (wrong = wrong || (condition) ? wrong : __LINE__)

struct sequence {
	struct test_memory anon, shmem;
	char file[32];
	uint32_t poller;
	uint64_t features;
};

/* What the program gives its callbacks. */
struct user {
	int freed[2];
	int source_freed;
};

static int64_t read_pattern(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	(void)offset;
	memset(buffer, 0x42, (size_t)length);
	return (int64_t)length;
}

static void keep_first(int *first, int ret)
{
	if (ret < 0 && *first == 0)
		*first = ret;
}

static int add_both(const struct sequence *s, struct uffd_ctx *ctx, struct uffd_source *source,
		    struct user *u, struct uffd_region *r[2])
{
	struct uffd_region_opts o = {.size = sizeof(o), .user_free = count_free};
	int first = 0;

	o.source = source;
	o.user = &u->freed[0];
	keep_first(&first,
		   uffd_region_add(&r[0], ctx, s->anon.at, s->anon.length, LIBUFFD_MISSING, &o));
	NOTE(u->freed[0] == (r[0] == NULL));
	o.flags = LIBUFFD_REGION_FD | LIBUFFD_REGION_ALIAS;
	o.fd = s->shmem.fd;
	o.user = &u->freed[1];
	keep_first(&first, uffd_region_add(&r[1], ctx, s->shmem.at, s->shmem.length,
					   LIBUFFD_MISSING | LIBUFFD_MINOR, &o));
	NOTE(u->freed[1] == (r[1] == NULL));
	return first;
}

static int use(struct uffd_region *r, const struct test_memory *m)
{
	int ret = 0;

	/* The source's buffer may be lacking: then it is tried again. */
	if (r) {
		ret = uffd_demand(r, 0, m->length, NULL);
		NOTE(*(volatile uint8_t *)uffd_region_address(r, 0) == 0x42);
	}
	return ret;
}

/* The first error of all calls, or 0. */
static int run(const struct sequence *s)
{
	struct uffd_source_ops ops = {
		.size = sizeof(ops), .read = read_pattern, .free = count_free};
	struct uffd_ctx_opts ctx_opts = {.size = sizeof(ctx_opts), .features = s->features};
	struct uffd_loop_opts loop_opts = {.size = sizeof(loop_opts), .poller = s->poller};
	struct uffd_source *source = NULL, *file = NULL;
	struct uffd_region *r[2] = {NULL, NULL};
	struct uffd_loop *loop = NULL;
	struct uffd_ctx *ctx = NULL;
	struct user u = {0};
	int first = 0;

	keep_first(&first, uffd_source_open(&source, s->anon.length, &ops, &u.source_freed));
	NOTE(u.source_freed == (source == NULL));
	keep_first(&first, uffd_source_open_file(&file, "/proc/self/exe", NULL));
	uffd_source_close(file);
	keep_first(&first, uffd_ctx_open(&ctx, &ctx_opts));
	if (ctx && source)
		keep_first(&first, add_both(s, ctx, source, &u, r));
	uffd_source_close(source);
	if (ctx)
		keep_first(&first, uffd_loop_start(&loop, ctx, &loop_opts));
	keep_first(&first, use(r[0], &s->anon));
	keep_first(&first, use(r[1], &s->shmem));
	if (loop)
		NOTE(uffd_loop_close(loop) == 0);
	if (r[1])
		NOTE(uffd_region_remove(r[1], LIBUFFD_CLOSE_FINISH) == 0);
	if (ctx)
		NOTE(uffd_ctx_close(ctx, LIBUFFD_CLOSE_FINISH) == 0);
	NOTE(u.source_freed == 1);
	return first;
}

static void fresh(const struct test_memory *m)
{
	ck_assert_int_eq(madvise(m->at, m->length, m->fd < 0 ? MADV_DONTNEED : MADV_REMOVE), 0);
}

static int run_failing(const struct sequence *s, long k)
{
	int ret;

	failing_choose(k);
	failing_arm(true);
	ret = run(s);
	failing_arm(false);
	ck_assert_msg(!wrong, "failing call %ld: see line %d", k, wrong);
	failing_expect_given_back(k);
	return ret;
}

static void fail_each(const struct sequence *s)
{
	int first_fd = lowest_free(), ret;
	long k = 0;

	EXPECT(run_failing(s, 0), 0);
	do {
		fresh(&s->anon);
		fresh(&s->shmem);
		ret = run_failing(s, ++k);
		ck_assert_msg(ret == 0 || ret == -ENOMEM, "failing call %ld: %d (%s)", k, ret,
			      strerror(-ret));
		ck_assert_int_eq(lowest_free(), first_fd);
		expect_unregistered(s->anon.at, s->anon.length);
		expect_unregistered(s->shmem.at, s->shmem.length);
	} while (k <= failing_calls());
	ck_assert_int_gt(k, 10);
}

static void each_fails(void)
{
	struct sequence s = {.poller = LIBUFFD_POLLER_POLL};

	test_memory_make(&s.anon, LIBUFFD_BACKING_ANON, 4);
	test_memory_make(&s.shmem, LIBUFFD_BACKING_SHMEM, 4);
	close(test_uffd(UFFD_FEATURE_MINOR_SHMEM | UFFD_FEATURE_EVENT_UNMAP));
	fail_each(&s);
	fresh(&s.anon);
	fresh(&s.shmem);
	s.poller = LIBUFFD_POLLER_AUTO;
	fail_each(&s);
	fresh(&s.anon);
	fresh(&s.shmem);
	s.features = UFFD_FEATURE_EVENT_UNMAP;
	fail_each(&s);
	test_memory_free(&s.anon);
	test_memory_free(&s.shmem);
}

TEST_MAIN(each_fails)
