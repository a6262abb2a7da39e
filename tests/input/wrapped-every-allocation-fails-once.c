/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Wherever an allocation or a mapping fails, the call that needed it fails with ENOMEM or goes on
 * without; everything is given back, and what was there before still works.
 */
#include "input.h"

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

static _Atomic bool armed;          /* the library is at work, not the test's own means */
static _Atomic long calls, failing; /* which call fails; 0: none */

/* What the library has and has not given back. */
#define MOST 1024
static struct {
	void *at;
	size_t mapped; /* 0: allocated */
} live[MOST];
static pthread_mutex_t live_lock = PTHREAD_MUTEX_INITIALIZER;

static bool fails(void)
{
	return atomic_load(&armed) && atomic_fetch_add(&calls, 1) + 1 == atomic_load(&failing);
}

static void *took(void *at, size_t bytes)
{
	if (!at || !atomic_load(&armed))
		return at;
	pthread_mutex_lock(&live_lock);
	for (size_t i = 0; i < MOST; i++)
		if (!live[i].at) {
			live[i].at = at;
			live[i].mapped = bytes;
			break;
		}
	pthread_mutex_unlock(&live_lock);
	return at;
}

static void gave(void *at, size_t bytes)
{
	pthread_mutex_lock(&live_lock);
	for (size_t i = 0; i < MOST; i++)
		if (at && live[i].at == at && live[i].mapped == bytes)
			live[i].at = NULL;
	pthread_mutex_unlock(&live_lock);
}

/* Of a mapping, at either end or in the middle, any part can be given back. */
static void gave_part(uintptr_t from, uintptr_t end)
{
	for (size_t i = 0; i < MOST; i++) {
		uintptr_t at, stop;

		pthread_mutex_lock(&live_lock);
		at = (uintptr_t)live[i].at;
		stop = at + live[i].mapped;
		if (at && live[i].mapped && from < stop && at < end) {
			live[i].at = NULL;
			pthread_mutex_unlock(&live_lock);
			if (at < from)
				took((void *)at, from - at);
			if (end < stop)
				took((void *)end, stop - end);
			continue;
		}
		pthread_mutex_unlock(&live_lock);
	}
}

static int count_live(bool mapped)
{
	int n = 0;

	for (size_t i = 0; i < MOST; i++)
		n += live[i].at && (live[i].mapped != 0) == mapped;
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
	void *at;

	if (fails())
		return NULL;
	gave(old, 0);
	at = __real_realloc(old, size);
	return took(at, 0);
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
	/* What takes the place of another mapping is a part of that. */
	return got == MAP_FAILED || flags & MAP_FIXED ? got : took(got, length);
}

int __wrap_munmap(void *at, size_t length)
{
	if (atomic_load(&armed))
		gave_part((uintptr_t)at, (uintptr_t)at + length);
	return __real_munmap(at, length);
}

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

	atomic_store(&calls, 0);
	atomic_store(&failing, k);
	atomic_store(&armed, true);
	ret = run(s);
	atomic_store(&armed, false);
	ck_assert_msg(!wrong, "failing call %ld: see line %d", k, wrong);
	ck_assert_msg(count_live(false) == 0, "failing call %ld: %d allocations left", k,
		      count_live(false));
	ck_assert_msg(count_live(true) == 0, "failing call %ld: %d mappings left", k,
		      count_live(true));
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
	} while (k <= atomic_load(&calls));
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
