/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What is kept can be asked for, by how its name begins, and the server need not yield for that. */
#include "support.h"

#include <poll.h>

static void names_are_found_without_a_takeover(void)
{
	char name[HOLD_NAME_MAX] = "";
	struct pollfd asked = {.events = POLLIN};
	struct place p;
	struct hold *hold;
	int before, visitor;

	place_make(&p);
	before = descriptors_of(getpid());
	ck_assert_int_eq(hold_find(p.socket, "content-", name), -ENOENT);
	ck_assert_int_eq(hold_open(&hold, p.socket), 0);
	ck_assert_int_eq(put_named(hold, "vm-1.uffd"), 0);
	ck_assert_int_eq(hold_find(p.socket, "content-", name), -ENOENT);
	ck_assert_int_eq(hold_count_vms(p.socket), 0);
	ck_assert_int_eq(put_named(hold, "content-12ab"), 0);
	ck_assert_int_eq(hold_find(p.socket, "content-", name), 0);
	ck_assert_str_eq(name, "content-12ab");
	ck_assert_int_eq(hold_find(p.socket, "content-12ab", name), 0);
	ck_assert_int_eq(hold_find(p.socket, "content-12abc", name), -ENOENT);
	ck_assert_int_eq(hold_find(p.socket, "", name), -EINVAL);
	ck_assert_int_eq(hold_find(p.socket, "a/b", name), -EINVAL);
	/* The holder does not believe that this has been looked at. */
	visitor = visitor_connect(&p);
	visitor_send(visitor, HOLD_FIND, "a/b", NULL, 0);
	ck_assert_int_eq(visitor_error(visitor), -EINVAL);
	close(visitor);
	asked.fd = hold_fd(hold);
	ck_assert_int_eq(poll(&asked, 1, 0), 0);
	ck_assert(!hold_must_yield(hold));
	ck_assert_int_eq(hold_remove(hold, "vm-1.uffd"), 0);
	hold_close(hold);
	await_descriptors(getpid(), before);
	place_free(&p);
}

TEST_MAIN(names_are_found_without_a_takeover)
