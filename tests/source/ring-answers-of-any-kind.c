/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the ring says of a read: less than was asked for is not the end, EINTR is no answer, EINVAL
 * of O_DIRECT is read through the page cache, and an error is one try of those that the region has,
 * and of one more for the page alone.
 */
#include "ring_reads.h"

#include <sys/stat.h>

#define PAGES   64u
#define LENGTH  (PAGES * 4096 - 1000)
#define RETRIES 2u

static struct served s;
static _Atomic uint32_t errors; /* so many answers are an error */
static _Atomic int error;

static int64_t whole(const struct file_read *read, int64_t n)
{
	(void)read;
	return n;
}

static int64_t less(const struct file_read *read, int64_t n)
{
	(void)read;
	return n > 5000 ? n / 3 : n;
}

static int64_t fails(const struct file_read *read, int64_t n)
{
	if (!atomic_load(&errors))
		return n;
	atomic_fetch_sub(&errors, 1);
	/* What the kernel has read is not there. */
	memset(read->to, 0x5a, read->length);
	return -atomic_load(&error);
}

static int64_t nothing(const struct file_read *read, int64_t n)
{
	(void)read;
	return n > 0 ? 0 : n;
}

static int file_make(void)
{
	char path[] = "/var/tmp/uffd-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	uint8_t *content = content_make(PAGES * 4096);

	ck_assert_int_ge(fd, 0);
	unlink(path);
	ck_assert_int_eq(write(fd, content, LENGTH), LENGTH);
	ck_assert_int_eq(fsync(fd), 0);
	munmap(content, PAGES * 4096);
	return fd;
}

static void begin(int fd, uint32_t flags, int64_t (*fn)(const struct file_read *, int64_t))
{
	struct uffd_source_file_opts file = {.size = sizeof(file), .flags = flags};
	struct uffd_source *source;
	int ret = uffd_source_open_fd(&source, fd, &file);

	if (ret == -EINVAL && flags) {
		/* No O_DIRECT on this file system: then as without. */
		file.flags = 0;
		ret = uffd_source_open_fd(&source, fd, &file);
	}
	ck_assert_int_eq(ret, 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
	      (struct uffd_region_opts){
		      .source = source, .max_retries = RETRIES, .retry_ns = 20000});
	uffd_source_close(source);
	memset(s.content + LENGTH, 0, PAGES * 4096 - LENGTH);
	s.loop = serve_open(s.ctx, NULL);
	ring_hear(s.ctx, fn);
}

/* Every page, with the answers of fn. */
static void comes(int fd, uint32_t flags, int64_t (*fn)(const struct file_read *, int64_t),
		  uint32_t times, int with, uint32_t retries)
{
	struct toucher t;

	atomic_store(&errors, times);
	atomic_store(&error, with);
	begin(fd, flags, fn);
	for (size_t k = 0; k < PAGES; k += 16) {
		touch_start(&t, served_page(&s, k + 3), false, 0);
		DISPATCH_UNTIL(s.loop, atomic_load(&t.state) != TOUCH_RUNNING);
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	}
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(served_right(&s, k), "page %zu", k);
	if (atomic_load(&ring_asked)) {
		ck_assert_uint_eq(atomic_load(&errors), 0);
		ck_assert_uint_eq(stats_of(s.ctx).source_retries, retries);
		ck_assert_uint_eq(stats_of(s.ctx).read_bytes, LENGTH);
	}
	serve_end(&s);
}

static void never_comes(int fd, int64_t (*fn)(const struct file_read *, int64_t), int with)
{
	struct toucher t;

	atomic_store(&errors, 1000);
	atomic_store(&error, with);
	begin(fd, 0, fn);
	touch_start(&t, served_page(&s, 3), false, 0);
	DISPATCH_UNTIL(s.loop, atomic_load(&t.state) != TOUCH_RUNNING);
	if (atomic_load(&ring_asked)) {
		ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
		ck_assert_uint_eq(atomic_load(&ring_asked), 1 + RETRIES + 1);
	} else {
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	}
	serve_end(&s);
}

static void ring_answers_of_any_kind(void)
{
	int fd = file_make();

	comes(fd, 0, whole, 0, 0, 0);
	comes(fd, 0, less, 0, 0, 0);
	comes(fd, LIBUFFD_SOURCE_DIRECT, less, 0, 0, 0);
	comes(fd, 0, fails, 5, EINTR, 0);
	comes(fd, 0, fails, 1, EIO, 1);
	comes(fd, 0, fails, RETRIES, EIO, RETRIES);
	comes(fd, LIBUFFD_SOURCE_DIRECT, fails, 1, EINVAL, 0);
	never_comes(fd, fails, EIO);
	never_comes(fd, fails, EINVAL);
	never_comes(fd, fails, EAGAIN);
	never_comes(fd, nothing, 0);
	close(fd);
}

TEST_MAIN(ring_answers_of_any_kind)
