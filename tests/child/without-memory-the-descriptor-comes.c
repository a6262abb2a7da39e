/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Where there is no memory for what a child has to know, its descriptor comes instead; where there
 * is none to adopt it, the child is still the caller's, and the next try is as good.
 */
#include "forked.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset);
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset);

#define PAGES 512u

static struct served s;
static struct forked_queue q;
static _Atomic int descriptor = -1;
static _Atomic bool in_event; /* mmap() of the loop's thread fails */
static _Thread_local bool is_test;
static long calls, failing; /* of the test's thread */

static bool fails(void)
{
	return is_test ? ++calls == failing : atomic_load(&in_event);
}

void *__wrap_malloc(size_t size)
{
	return is_test && fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return is_test && fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset)
{
	if (!fails())
		return __real_mmap(at, length, prot, flags, fd, offset);
	errno = ENOMEM;
	return MAP_FAILED;
}

static void on_event(struct uffd_ctx *ctx, const struct uffd_event *event, void *user)
{
	if (event->child)
		forked_event(ctx, event, user);
	else
		atomic_store(&descriptor, event->fd);
}

static int child(void *arg)
{
	(void)arg;
	return content_is(s.m.at, 0, s.m.length) ? 0 : 1;
}

static int ends(void *arg)
{
	(void)arg;
	return 0;
}

static void no_child(void)
{
	struct forked f;

	atomic_store(&in_event, true);
	forked_make(&f, ends, NULL);
	WAIT_UNTIL(atomic_load(&descriptor) >= 0);
	atomic_store(&in_event, false);
	ck_assert_int_ge(fcntl(atomic_load(&descriptor), F_GETFD), 0);
	close(atomic_load(&descriptor));
	forked_go(&f);
	ck_assert_int_eq(forked_end(&f), 0);
}

static void without_memory(void)
{
	struct uffd_loop_opts opts = forked_loop_opts(&q);
	struct uffd_child *kid;
	struct adopted a = {0};
	struct forked f;
	int ret;

	opts.event = on_event;
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_FORK, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = 4096});
	s.loop = serve_start(s.ctx, &opts);
	ck_assert(served_right(&s, 7));
	no_child();
	forked_make(&f, child, NULL);
	kid = forked_next(&q);
	do {
		is_test = true;
		calls = 0;
		failing++;
		ret = uffd_child_adopt(&a.ctx, kid, NULL);
		is_test = false;
		ck_assert(ret == 0 || ret == -ENOMEM);
		ck_assert(ret == 0 || !a.ctx);
	} while (ret < 0);
	ck_assert_int_gt(failing, 3);
	opts = forked_loop_opts(&q);
	a.loop = serve_start(a.ctx, &opts);
	forked_go(&f);
	ck_assert_int_eq(forked_end(&f), 0);
	adopted_end(&a);
	serve_end(&s);
}

TEST_MAIN(without_memory)
