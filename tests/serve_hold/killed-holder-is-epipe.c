/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The holder is killed: every request says so and raises no signal, and a new holder can be made.
 */
#include "support.h"

#include <signal.h>

static void killed_holder_is_epipe(void)
{
	struct place p;
	struct hold *hold, *other;
	pid_t holder;

	place_make(&p);
	ck_assert_int_eq(hold_open(&hold, p.socket), 0);
	holder = hold_pid(hold);
	ck_assert_int_eq(put_named(hold, "vm-1.uffd"), 0);
	kill(holder, SIGKILL);
	ck_assert_int_eq(put_named(hold, "vm-2.uffd"), -EPIPE);
	ck_assert_int_eq(hold_remove(hold, "vm-1.uffd"), -EPIPE);
	ck_assert(!hold_must_yield(hold));
	ck_assert_int_eq(hold_takeover(&other, p.socket), -ENOENT);
	/* Its socket is still there, and nobody listens on it. */
	ck_assert(exists(p.hold));
	ck_assert_int_eq(hold_open(&other, p.socket), 0);
	hold_close(hold);
	ck_assert_int_eq(put_named(other, "vm-1.uffd"), 0);
	ck_assert_int_eq(hold_remove(other, "vm-1.uffd"), 0);
	hold_close(other);
	place_free(&p);
}

TEST_MAIN(killed_holder_is_epipe)
