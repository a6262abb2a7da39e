/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A newcomer may die, or fall silent, at any point of a takeover: the entries stay with the holder,
 * and the next one gets them all.
 */
#include "support.h"

#include <signal.h>

#define ENTRIES 5

static int fetch(int visitor, struct hold_message *answer, uint32_t many)
{
	int came;

	visitor_send(visitor, HOLD_TAKE, NULL, NULL, 0);
	ck_assert_int_eq(visitor_answer(visitor, answer, &came), 0);
	ck_assert_uint_eq(answer->count, ENTRIES);
	close(came);
	for (uint32_t i = 0; i < many; i++) {
		visitor_send(visitor, HOLD_NEXT, NULL, NULL, 0);
		ck_assert_int_eq(visitor_answer(visitor, answer, &came), 0);
		close(came);
	}
	return visitor;
}

/* Asks and dies as soon as it has so many entries; the last makes it the server. */
static void die_after(const struct place *p, uint32_t many, pid_t holder, int descriptors)
{
	struct hold_message answer;

	close(fetch(visitor_connect(p), &answer, many));
	await_descriptors(holder, descriptors);
}

static void newcomer_that_fails_leaves_the_entries(void)
{
	struct place p;
	struct hold *hold;
	struct hold_message answer;
	int descriptors, silent;
	pid_t holder;

	place_make(&p);
	ck_assert_int_eq(hold_open(&hold, p.socket), 0);
	holder = hold_pid(hold);
	for (int i = 0; i < ENTRIES; i++) {
		char name[HOLD_NAME_MAX];

		snprintf(name, sizeof(name), "vm-%d.uffd", i);
		ck_assert_int_eq(put_named(hold, name), 0);
	}
	/* Its server's connection and pidfd go. */
	descriptors = descriptors_of(holder) - 2;
	hold_close(hold);
	await_descriptors(holder, descriptors);

	for (uint32_t many = 0; many <= ENTRIES; many++)
		die_after(&p, many, holder, descriptors);
	close(visitor_connect(&p));
	await_descriptors(holder, descriptors);

	/* Silent in the middle, or from the beginning: the holder has patience with neither. */
	silent = fetch(visitor_connect(&p), &answer, 2);
	visitor_expect_end(silent);
	visitor_expect_end(visitor_connect(&p));
	await_descriptors(holder, descriptors);

	ck_assert_int_eq(hold_takeover(&hold, p.socket), 0);
	ck_assert_uint_eq(drop_entries(hold), ENTRIES);
	for (int i = 0; i < ENTRIES; i++) {
		char name[HOLD_NAME_MAX];

		snprintf(name, sizeof(name), "vm-%d.uffd", i);
		ck_assert_int_eq(hold_remove(hold, name), 0);
	}
	hold_close(hold);
	await_end(holder);
	place_free(&p);
}

TEST_MAIN(newcomer_that_fails_leaves_the_entries)
