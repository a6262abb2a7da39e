/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A save that fails, for want of room, of a directory, of the right to write, because of its name
 * or of the source, leaves the file that was there before, and nothing beside it.
 */
#include "wsets.h"
#include "process.h"

#include <limits.h>

#define PAGES 64u

static struct counted c;
static struct served s;

static void untouched(const struct place *place, const uint8_t *bytes, size_t length)
{
	uint8_t *now;
	size_t n;

	ck_assert_uint_eq(place_files(place), 1);
	now = file_bytes(place->path, &n);
	ck_assert_uint_eq(n, length);
	ck_assert_mem_eq(now, bytes, n);
	free(now);
}

static void source_fails(struct uffd_workingset *set)
{
	struct place place;
	uint8_t *bytes;
	size_t length;

	place_make(&place);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, 0), 0);
	bytes = file_bytes(place.path, &length);
	atomic_store(&c.broken, true);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), -EIO);
	untouched(&place, bytes, length);
	atomic_store(&c.broken, false);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
	free(bytes);
	place_end(&place);
}

static void bad_names(struct uffd_workingset *set)
{
	static char path[2 * PATH_MAX];
	struct place place;
	uint8_t *bytes;
	size_t length;

	place_make(&place);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, 0), 0);
	bytes = file_bytes(place.path, &length);
	/* A name that is too long by what is added to it, or by itself; then a path. */
	for (size_t n = 250; n < 300; n += 6) {
		size_t at = (size_t)snprintf(path, sizeof(path), "%s/", place.dir);

		memset(path + at, 'y', n);
		path[at + n] = '\0';
		ck_assert_int_eq(uffd_workingset_save(set, path, 0), -ENAMETOOLONG);
	}
	for (size_t n = PATH_MAX - 7; n < PATH_MAX + 8; n++) {
		memset(path, '/', n);
		memcpy(path, place.dir, strlen(place.dir));
		path[n - 1] = 'z';
		path[n] = '\0';
		ck_assert_int_eq(uffd_workingset_save(set, path, 0), -ENAMETOOLONG);
	}
	snprintf(path, sizeof(path), "%s/no/file", place.dir);
	ck_assert_int_eq(uffd_workingset_save(set, path, 0), -ENOENT);
	snprintf(path, sizeof(path), "%s/file", place.path);
	ck_assert_int_eq(uffd_workingset_save(set, path, 0), -ENOTDIR);
	untouched(&place, bytes, length);
	/* A directory of that name: the new file cannot take its place. */
	snprintf(path, sizeof(path), "%s/directory", place.dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(uffd_workingset_save(set, path, 0), -EISDIR);
	ck_assert_int_eq(uffd_workingset_save(set, path, LIBUFFD_WORKINGSET_PACK), -EISDIR);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(uffd_workingset_save(set, "", 0), -ENOENT);
	untouched(&place, bytes, length);
	free(bytes);
	place_end(&place);
}

/* In a child without rights, of a set of its own. */
static int save_as_nobody(void *arg)
{
	const char *path = arg;
	struct uffd_workingset *set;
	int ret = uffd_workingset_load(&set, path, NULL);

	if (ret < 0)
		return 1;
	ret = uffd_workingset_save(set, path, 0);
	uffd_workingset_close(set);
	return ret == -EACCES ? 0 : 2;
}

static void unwritable_directory(struct uffd_workingset *set)
{
	struct place place;
	uint8_t *bytes;
	size_t length;

	if (geteuid() != 0)
		return;
	place_make(&place);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, 0), 0);
	ck_assert_int_eq(chmod(place.path, 0666), 0);
	ck_assert_int_eq(chmod(place.dir, 0555), 0);
	bytes = file_bytes(place.path, &length);
	ck_assert_int_eq(run_unprivileged(save_as_nobody, place.path), 0);
	untouched(&place, bytes, length);
	free(bytes);
	place_end(&place);
}

static void save_that_fails_leaves_the_old_file(void)
{
	struct uffd_workingset *set;

	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = record(&s, 0);
	for (size_t k = 0; k < 40; k++)
		ck_assert(served_right(&s, k));
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	source_fails(set);
	bad_names(set);
	unwritable_directory(set);
	uffd_workingset_close(set);
	serve_end(&s);
}

TEST_MAIN(save_that_fails_leaves_the_old_file)
