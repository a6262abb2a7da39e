/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A write callback that takes a part is asked for the rest; one that returns an error fails the
 * snapshot with it, whichever it is, and is not called again; so does one that takes nothing, or
 * more than there was.
 */
#include "out.h"

#define PAGES 500u

static void make(struct served *s)
{
	snap_serve_anon(s, PAGES);
	for (size_t n = 0; n < PAGES; n++)
		if (n % 3)
			snap_fill(s, n, (uint8_t)(n % 255 + 1));
}

static void takes_parts(uint64_t most)
{
	struct served s;
	struct out o;

	make(&s);
	out_make(&o, s.m.length, false);
	o.most = most;
	ck_assert_int_eq(snap_end(snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST))), 0);
	out_is(&o, &s, "in parts");
	out_free(&o);
	serve_end(&s);
}

struct answer {
	int64_t first, then;
	_Atomic unsigned int calls;
};

static int64_t answers(void *user, const void *from, uint64_t length, uint64_t offset)
{
	struct answer *a = user;

	(void)from;
	(void)offset;
	if (atomic_fetch_add(&a->calls, 1) == 0)
		return a->first == INT64_MAX ? (int64_t)length + 1 : a->first;
	return a->then;
}

static void fails(int64_t first, int64_t then, unsigned int calls, int expected)
{
	struct answer a = {.first = first, .then = then};
	struct uffd_snapshot *snapshot;
	struct served s;
	int ret;

	make(&s);
	snapshot =
		snap_begin(s.region, -1, (struct uffd_snapshot_opts){.write = answers, .user = &a});
	ret = snap_end(snapshot);
	ck_assert_msg(ret == expected, "%lld: %d, expected %d", (long long)first, ret, expected);
	ck_assert_uint_eq(atomic_load(&a.calls), calls);
	for (size_t n = 0; n < PAGES; n++)
		ck_assert(served_right(&s, n));
	serve_end(&s);
}

static void write_callback_answers_anything(void)
{
	takes_parts(4095);
	takes_parts(1000);
	takes_parts(1);
	fails(-EIO, 0, 1, -EIO);
	fails(-EINTR, 0, 1, -EINTR);
	fails(-EAGAIN, 0, 1, -EAGAIN);
	fails(-ECANCELED, 0, 1, -ECANCELED);
	fails(-ESTALE, 0, 1, -ESTALE);
	fails(100, -ENOSPC, 2, -ENOSPC);
	fails(0, 0, 1, -EIO);
	fails(INT64_MAX, 0, 1, -EIO);
	fails(INT64_MAX - 1, 0, 1, -EIO);
	fails(INT64_MIN, 0, 1, -EIO);
	fails(-5000, 0, 1, -EIO);
	fails(-(INT64_C(1) << 32), 0, 1, -EIO);
}

TEST_MAIN(write_callback_answers_anything)
