/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Two want to take over: the first waits for the server and gets everything, the second is
 * refused.
 */
#include "support.h"

static void second_newcomer_is_busy(void)
{
	struct place p;
	struct hold *server, *hold;
	struct hold_message answer;
	int first, came;
	pid_t holder;

	place_make(&p);
	ck_assert_int_eq(hold_open(&server, p.socket), 0);
	holder = hold_pid(server);
	ck_assert_int_eq(put_named(server, "vm-1.uffd"), 0);
	first = visitor_connect(&p);
	visitor_send(first, HOLD_TAKE, NULL, NULL, 0);
	ck_assert_int_eq(hold_takeover(&hold, p.socket), -EBUSY);
	/* The server's own requests go on. */
	ck_assert_int_eq(put_named(server, "vm-2.uffd"), 0);
	hold_close(server);
	ck_assert_int_eq(visitor_answer(first, &answer, &came), 0);
	ck_assert_int_ge(came, 0);
	close(came);
	ck_assert_uint_eq(answer.count, 2);
	/* Also while it fetches the entries. */
	ck_assert_int_eq(hold_takeover(&hold, p.socket), -EBUSY);
	visitor_send(first, HOLD_NEXT, NULL, NULL, 0);
	ck_assert_int_eq(visitor_answer(first, &answer, &came), 0);
	ck_assert(is_named(came, "vm-1.uffd"));
	close(came);
	close(first);

	ck_assert_int_eq(hold_takeover(&hold, p.socket), 0);
	ck_assert_uint_eq(drop_entries(hold), 2);
	ck_assert_int_eq(hold_remove(hold, "vm-1.uffd"), 0);
	ck_assert_int_eq(hold_remove(hold, "vm-2.uffd"), 0);
	hold_close(hold);
	await_end(holder);
	place_free(&p);
}

TEST_MAIN(second_newcomer_is_busy)
