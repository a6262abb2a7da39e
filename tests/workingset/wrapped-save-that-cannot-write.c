/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Whichever system call of a save fails, or writes less than it was told to: the error is the
 * call's, the old file is as it was, and nothing is left beside it; what was only interrupted, or
 * short, is done in the end.
 */
#include "wsets.h"

#define PAGES 64u

ssize_t __wrap_pwrite(int fd, const void *from, size_t length, off_t offset);
int __wrap_fsync(int fd);
int __wrap_close(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_mkostemp(char *name, int flags);
/* What they are called where offsets are told to have 64 bits. */
ssize_t __wrap_pwrite64(int fd, const void *from, size_t length, off_t offset);
int __wrap_mkostemp64(char *name, int flags);
ssize_t __real_pwrite(int fd, const void *from, size_t length, off_t offset);
int __real_fsync(int fd);
int __real_close(int fd);
int __real_rename(const char *from, const char *to);
int __real_mkostemp(char *name, int flags);

enum how { FAILS, SHORT, INTERRUPTED, HOWS };

static bool armed;
static enum how how;
static long calls, failing;
static bool reached;

static bool hit(void)
{
	if (!armed || ++calls != failing)
		return false;
	reached = true;
	return true;
}

ssize_t __wrap_pwrite(int fd, const void *from, size_t length, off_t offset)
{
	if (hit()) {
		if (how == SHORT)
			return __real_pwrite(fd, from, length / 2 + 1, offset);
		errno = how == INTERRUPTED ? EINTR : EIO;
		return -1;
	}
	return __real_pwrite(fd, from, length, offset);
}

int __wrap_fsync(int fd)
{
	if (hit() && how == FAILS) {
		errno = EIO;
		return -1;
	}
	return __real_fsync(fd);
}

/* Closed it is in any case. */
int __wrap_close(int fd)
{
	int ret = __real_close(fd);

	if (hit() && how == FAILS) {
		errno = EIO;
		return -1;
	}
	return ret;
}

int __wrap_rename(const char *from, const char *to)
{
	if (hit() && how == FAILS) {
		errno = EIO;
		return -1;
	}
	return __real_rename(from, to);
}

int __wrap_mkostemp(char *name, int flags)
{
	if (hit() && how == FAILS) {
		errno = EIO;
		return -1;
	}
	return __real_mkostemp(name, flags);
}

ssize_t __wrap_pwrite64(int fd, const void *from, size_t length, off_t offset)
{
	return __wrap_pwrite(fd, from, length, offset);
}

int __wrap_mkostemp64(char *name, int flags)
{
	return __wrap_mkostemp(name, flags);
}

static struct counted c;
static struct place place;

static void save_that_cannot_write(void)
{
	struct uffd_workingset *set, *old;
	uint8_t *before, *after;
	size_t n, length;
	struct served s;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	old = record_touches(&s, (size_t[]){7}, 1);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
	ck_assert_int_eq(uffd_demand(s.region, 20 * 4096, 40 * 4096, NULL), 0);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_int_eq(uffd_workingset_save(old, place.path, 0), 0);
	before = file_bytes(place.path, &n);
	for (how = 0; how < HOWS; how++) {
		failing = 0;
		do {
			int ret;

			failing++;
			calls = 0;
			reached = false;
			armed = true;
			ret = uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK);
			armed = false;
			ck_assert_uint_eq(place_files(&place), 1);
			ck_assert_msg(ret == (how == FAILS && reached ? -EIO : 0), "call %ld: %d",
				      failing, ret);
			if (ret < 0) {
				after = file_bytes(place.path, &length);
				ck_assert_uint_eq(length, n);
				ck_assert_mem_eq(before, after, n);
				free(after);
				continue;
			}
			uffd_workingset_close(load(place.path, s.region));
			ck_assert_int_eq(uffd_workingset_save(old, place.path, 0), 0);
		} while (reached);
		ck_assert_int_gt(failing, 6);
	}
	free(before);
	uffd_workingset_close(old);
	uffd_workingset_close(set);
	serve_end(&s);
	place_end(&place);
}

TEST_MAIN(save_that_cannot_write)
