/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Compiled without libsystemd: a holder process is made, whatever the manager has set. */
#include "support.h"

static void notify_socket_without_libsystemd(void)
{
	struct place p;
	struct hold *hold, *other;

	place_make(&p);
	setenv("NOTIFY_SOCKET", "/nowhere", 1);
	ck_assert_int_eq(hold_takeover(&other, p.socket), -ENOENT);
	ck_assert_int_eq(hold_open(&hold, p.socket), 0);
	ck_assert_int_gt(hold_pid(hold), 0);
	ck_assert_int_eq(put_named(hold, "vm-1.uffd"), 0);
	ck_assert_int_eq(hold_remove(hold, "vm-1.uffd"), 0);
	hold_close(hold);
	unsetenv("NOTIFY_SOCKET");
	place_free(&p);
}

TEST_MAIN(notify_socket_without_libsystemd)
