/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A server is killed in the middle of its puts: what was acknowledged is there, under its name. */
#include "support.h"

#include <sched.h>
#include <signal.h>

#define ROUNDS 20
#define MOST   150

static _Atomic uint32_t *kept;

static void keep_putting(const struct place *p, int ready)
{
	struct hold *hold;

	if (hold_open(&hold, p->socket) < 0)
		_exit(1);
	say(ready, hold_pid(hold));
	for (uint32_t i = 0; i < MOST; i++) {
		char name[HOLD_NAME_MAX];

		snprintf(name, sizeof(name), "vm-%u.state", i);
		if (put_named(hold, name) < 0)
			break;
		atomic_store(kept, i + 1);
	}
	sleep_for_good();
}

static void round_of(const struct place *p, uint32_t kill_after)
{
	struct server server;
	struct hold *hold;
	uint64_t give_up;
	size_t count;
	pid_t holder;

	atomic_store(kept, 0);
	server_start(&server, keep_putting, p);
	holder = server_says(&server);
	give_up = test_now() + UINT64_C(10000000000);
	while (atomic_load(kept) < kill_after) {
		ck_assert_msg(test_now() < give_up, "a put failed");
		sched_yield();
	}
	server_kill(&server);
	ck_assert_int_eq(hold_takeover(&hold, p->socket), 0);
	ck_assert_int_eq(hold_pid(hold), holder);
	for (uint32_t i = 0; i < atomic_load(kept); i++) {
		char name[HOLD_NAME_MAX];
		const struct hold_entry *entry;

		snprintf(name, sizeof(name), "vm-%u.state", i);
		entry = entry_of(hold, name);
		ck_assert_msg(entry && is_named(entry->fd, name), "%s was acknowledged", name);
		ck_assert_int_eq(hold_remove(hold, name), 0);
	}
	count = drop_entries(hold);
	/* One may have been on its way. */
	ck_assert_uint_ge(count, atomic_load(kept));
	ck_assert_uint_le(count, atomic_load(kept) + 1);
	if (count > atomic_load(kept)) {
		char name[HOLD_NAME_MAX];

		snprintf(name, sizeof(name), "vm-%zu.state", count - 1);
		ck_assert_int_eq(hold_remove(hold, name), 0);
	}
	hold_close(hold);
	await_end(holder);
}

static void put_is_kept_when_its_server_is_killed(void)
{
	struct place p;

	place_make(&p);
	kept = mmap(NULL, sizeof(*kept), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(kept, MAP_FAILED);
	for (uint32_t i = 0; i < ROUNDS; i++)
		round_of(&p, 1 + i * (MOST - 2) / ROUNDS);
	munmap(kept, sizeof(*kept));
	place_free(&p);
}

TEST_MAIN(put_is_kept_when_its_server_is_killed)
