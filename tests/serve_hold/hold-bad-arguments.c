/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Names, descriptors and paths that cannot be, and a holder that is there already, or is not. */
#include "support.h"

#include <limits.h>

static void names(struct hold *hold)
{
	char longest[HOLD_NAME_MAX + 1];

	memset(longest, 'n', sizeof(longest));
	longest[HOLD_NAME_MAX] = 0;
	ck_assert_int_eq(put_named(hold, ""), -EINVAL);
	ck_assert_int_eq(put_named(hold, "a:b"), -EINVAL);
	ck_assert_int_eq(put_named(hold, "a\nFDSTORE=1"), -EINVAL);
	ck_assert_int_eq(put_named(hold, longest), -EINVAL);
	ck_assert_int_eq(hold_remove(hold, longest), -EINVAL);
	longest[HOLD_NAME_MAX - 1] = 0;
	ck_assert_int_eq(put_named(hold, longest), 0);
	ck_assert_int_eq(put_named(hold, longest), -EEXIST);
	ck_assert_int_eq(hold_remove(hold, longest), 0);
	ck_assert_int_eq(hold_remove(hold, longest), -ENOENT);
	ck_assert_int_eq(hold_put(hold, "a", -1), -EBADF);
	ck_assert_int_eq(hold_put(hold, "a", 1000000), -EBADF);
	ck_assert_int_eq(put_named(hold, "a"), 0);
}

static void paths(const struct place *p)
{
	char path[NAME_MAX + 10];
	struct hold *hold;
	int fd;

	ck_assert_int_eq(hold_open(&hold, ""), -EINVAL);
	ck_assert_int_eq(hold_open(&hold, p->dir + strlen(p->dir)), -EINVAL);
	ck_assert_int_eq(hold_takeover(&hold, "/"), -EINVAL);
	snprintf(path, sizeof(path), "%s/missing/s", p->dir);
	ck_assert_int_eq(hold_open(&hold, path), -ENOENT);
	ck_assert_int_eq(hold_takeover(&hold, path), -ENOENT);
	ck_assert_int_eq(hold_takeover(&hold, p->socket), -ENOENT);
	memset(path, 'n', NAME_MAX);
	path[NAME_MAX] = 0;
	ck_assert_int_eq(hold_open(&hold, path), -ENAMETOOLONG);

	/* Where the holder's socket would be is something else. */
	ck_assert_int_eq(symlink("nowhere", p->hold), 0);
	ck_assert_int_eq(hold_open(&hold, p->socket), -ELOOP);
	ck_assert_int_eq(hold_takeover(&hold, p->socket), -ELOOP);
	ck_assert_int_eq(unlink(p->hold), 0);
	fd = open(p->hold, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(hold_open(&hold, p->socket), -EEXIST);
	ck_assert_int_eq(hold_takeover(&hold, p->socket), -EEXIST);
	ck_assert_int_eq(unlink(p->hold), 0);
}

static void hold_bad_arguments(void)
{
	const struct hold_entry *entries;
	struct place p;
	struct hold *hold, *other;

	place_make(&p);
	paths(&p);
	ck_assert_int_eq(files_in(p.dir), 0);
	ck_assert_int_eq(hold_open(&hold, p.socket), 0);
	ck_assert_uint_eq(hold_entries(hold, &entries), 0);
	names(hold);
	ck_assert_int_eq(hold_open(&other, p.socket), -EADDRINUSE);
	ck_assert_int_eq(files_in(p.dir), 1);
	/* To look whether it is there has not asked the server to yield. */
	ck_assert(!hold_must_yield(hold));
	hold_close(hold);
	place_free(&p);
}

TEST_MAIN(hold_bad_arguments)
