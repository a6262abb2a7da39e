/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Reads and writes that are interrupted or short are taken up again; one that fails is reported,
 * and so is a file that shrinks while it is read. The system calls are replaced by ones that do
 * that.
 */
#include "random.h"
#include "wset.h"

#include <sys/uio.h>

/* The linker's names for what it replaces (--wrap): the C library has two of each. */
ssize_t __wrap_pread(int fd, void *to, size_t bytes, off_t at);
ssize_t __wrap_pread64(int fd, void *to, size_t bytes, off_t at);
ssize_t __wrap_pwrite(int fd, const void *from, size_t bytes, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *from, size_t bytes, off_t at);

static bool lying;
static uint64_t seed = 41;
static unsigned int calls, fails_at;
static int failure; /* errno; 0: the end of the file */

/* How many bytes of a call are done; -1 with errno: it failed. */
static ssize_t lie(size_t bytes)
{
	if (!lying)
		return (ssize_t)bytes;
	if (++calls == fails_at) {
		errno = failure;
		return failure ? -1 : 0;
	}
	if (random_below(&seed, 4) == 0) {
		errno = EINTR;
		return -1;
	}
	return (ssize_t)(1 + random_below(&seed, bytes < 500 ? bytes : 500));
}

ssize_t __wrap_pread(int fd, void *to, size_t bytes, off_t at)
{
	ssize_t n = lie(bytes);

	return n > 0 ? preadv(fd, &(struct iovec){to, (size_t)n}, 1, at) : n;
}

ssize_t __wrap_pread64(int fd, void *to, size_t bytes, off_t at)
{
	return __wrap_pread(fd, to, bytes, at);
}

ssize_t __wrap_pwrite(int fd, const void *from, size_t bytes, off_t at)
{
	ssize_t n = lie(bytes);

	return n > 0 ? pwritev(fd, &(struct iovec){(void *)from, (size_t)n}, 1, at) : n;
}

ssize_t __wrap_pwrite64(int fd, const void *from, size_t bytes, off_t at)
{
	return __wrap_pwrite(fd, from, bytes, at);
}

static int read_lying(int fd, struct wset_file *f)
{
	int ret;

	calls = 0;
	lying = true;
	ret = wset_file_read(fd, f);
	lying = false;
	return ret;
}

static int write_lying(int fd, const struct wset_file *f)
{
	int ret;

	calls = 0;
	lying = true;
	ret = wset_file_write(fd, f);
	lying = false;
	return ret;
}

static void taken_up_again(const struct wset *w)
{
	struct wset_file got;

	for (unsigned int i = 0; i < 200; i++) {
		int fd = wset_memfd();

		ck_assert_int_eq(write_lying(fd, &w->f), 0);
		if (!calls)
			test_skip("pwrite(2) has another name here");
		ck_assert_int_eq(ftruncate(fd, (off_t)(w->f.pack_at + w->f.pack_bytes)), 0);
		ck_assert_int_eq(read_lying(fd, &got), 0);
		wset_same(&got, &w->f);
		wset_file_free(&got);
		close(fd);
	}
}

static void reported(const struct wset *w)
{
	struct wset_file got, none;
	int fd = wset_memfd();

	memset(&none, 0, sizeof(none));
	wset_write(fd, w);
	for (fails_at = 1; fails_at <= 5; fails_at++) {
		failure = EIO;
		ck_assert_int_eq(read_lying(fd, &got), -EIO);
		ck_assert_mem_eq(&got, &none, sizeof(got));
		failure = 0;
		ck_assert_int_eq(read_lying(fd, &got), -EBADMSG);
		ck_assert_mem_eq(&got, &none, sizeof(got));
		failure = EDQUOT;
		ck_assert_int_eq(write_lying(fd, &w->f), -EDQUOT);
		failure = 0; /* no file system does that: but not for ever */
		ck_assert_int_eq(write_lying(fd, &w->f), -EIO);
	}
	/* Whichever it is: until there are not that many. */
	for (fails_at = 1;; fails_at++) {
		int ret;

		failure = EIO;
		ret = read_lying(fd, &got);
		if (calls < fails_at) {
			ck_assert_int_eq(ret, 0);
			wset_file_free(&got);
			break;
		}
		ck_assert_int_eq(ret, -EIO);
	}
	fails_at = 0;
	close(fd);
}

static void short_reads_and_writes(void)
{
	static struct wset w;

	wset_fill(&w);
	taken_up_again(&w);
	reported(&w);
}
TEST_MAIN(short_reads_and_writes)
