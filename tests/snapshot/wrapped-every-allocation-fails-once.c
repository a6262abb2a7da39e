/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Wherever an allocation, a mapping, a thread, a descriptor or a change of the file is not to be
 * had while a snapshot is taken, the call that needed it fails with its error, or all goes on
 * without; the region and its memory are as before, the next snapshot is whole, and everything is
 * given back.
 */
#include "failing.h"
#include "snap.h"
#include "wrapped_open.h"

int __wrap_ftruncate(int fd, off_t length);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t length);
ssize_t __wrap_pwrite(int fd, const void *from, size_t length, off_t offset);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);
int __real_ftruncate(int fd, off_t length);
int __real_fallocate(int fd, int mode, off_t offset, off_t length);
ssize_t __real_pwrite(int fd, const void *from, size_t length, off_t offset);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);

#define PAGES 40u

static bool fails_with(int error)
{
	if (!failing_call())
		return false;
	errno = error;
	return true;
}

static int open_fails(const char *path)
{
	(void)path;
	return failing_call() ? EMFILE : 0;
}

int __wrap_ftruncate(int fd, off_t length)
{
	return fails_with(EFBIG) ? -1 : __real_ftruncate(fd, length);
}

int __wrap_fallocate(int fd, int mode, off_t offset, off_t length)
{
	return fails_with(ENOSPC) ? -1 : __real_fallocate(fd, mode, offset, length);
}

ssize_t __wrap_pwrite(int fd, const void *from, size_t length, off_t offset)
{
	return fails_with(EIO) ? -1 : __real_pwrite(fd, from, length, offset);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg)
{
	return failing_call() ? EAGAIN : __real_pthread_create(thread, attr, fn, arg);
}

/*
 * Files of any size have functions of other names in glibc, which do the same where a long has 64
 * bits.
 */
#define ALSO64(type, name, ...)                                                                    \
	type __wrap_##name##64(__VA_ARGS__);                                                       \
	type __wrap_##name##64(__VA_ARGS__) __attribute__((alias("__wrap_" #name)))

ALSO64(int, ftruncate, int fd, off_t length);
ALSO64(int, fallocate, int fd, int mode, off_t offset, off_t length);
ALSO64(ssize_t, pwrite, int fd, const void *from, size_t length, off_t offset);

static struct served s;

/* The first error of all calls, or 0. What begins ends. */
static int take(int fd, uint32_t flags)
{
	const struct uffd_snapshot_part part = {.region = s.region};
	struct uffd_snapshot_opts opts = {.size = sizeof(opts), .flags = flags};
	struct uffd_snapshot *snapshot;
	int ret, closed;

	ret = uffd_snapshot_start(&snapshot, &part, 1, fd, &opts);
	if (ret < 0)
		return ret;
	ret = uffd_snapshot_arm(snapshot);
	if (ret == 0)
		ret = uffd_snapshot_wait(snapshot, NULL);
	closed = uffd_snapshot_close(snapshot);
	return ret < 0 ? ret : closed;
}

static int run(int fd, bool tracks)
{
	const struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = LIBUFFD_DIRTY_SYNC};
	const struct uffd_region_opts region_opts = {.size = sizeof(region_opts)};
	struct uffd_dirty *d = NULL;
	int ret, ended = 0;

	ret = uffd_region_add(&s.region, s.ctx, s.m.at, s.m.length, LIBUFFD_WP, &region_opts);
	if (ret < 0)
		return ret;
	if (tracks)
		ret = uffd_dirty_start(&d, s.region, &opts);
	if (ret == 0)
		ret = take(fd, 0);
	*(volatile uint8_t *)served_page(&s, 3) = s.content[3 * 4096];
	if (d)
		ended = uffd_dirty_stop(d);
	if (ended == 0)
		ended = uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE);
	return ended < 0 ? -EPROTO : ret;
}

static int run_failing(int fd, bool tracks, long k)
{
	int ret;

	failing_choose(k);
	failing_arm(true);
	ret = run(fd, tracks);
	failing_arm(false);
	failing_expect_given_back(k);
	for (size_t n = 0; n < PAGES; n++)
		ck_assert(served_right(&s, n));
	return ret;
}

static bool is_expected(int ret)
{
	return ret == 0 || ret == -ENOMEM || ret == -EAGAIN || ret == -EFBIG || ret == -ENOSPC ||
	       ret == -EIO || ret == -EMFILE || ret == -EOPNOTSUPP;
}

static void fail_each(bool tracks)
{
	long k = 0;

	do {
		int fd = snap_file(), ret;

		/* It has something, which is punched out. */
		ck_assert_int_eq(__real_pwrite(fd, "x", 1, 5000), 1);
		ret = run_failing(fd, tracks, ++k);
		ck_assert_msg(is_expected(ret), "failing call %ld: %d (%s)", k, ret,
			      strerror(-ret));
		ck_assert_int_eq(run_failing(fd, tracks, 0), 0);
		snap_file_is(&s, fd, 0, "the next");
		close(fd);
	} while (k <= failing_calls() + 1);
	ck_assert_int_gt(k, 8);
}

static void every_allocation_fails_once(void)
{
	snap_serve_anon(&s, PAGES);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), 0);
	for (size_t n = 0; n < PAGES; n++)
		if (n % 5)
			snap_fill(&s, n, (uint8_t)(n + 1));
	fail_each(false);
	fail_each(true);
	serve_end(&s);
}

TEST_MAIN(every_allocation_fails_once)
