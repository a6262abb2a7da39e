/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A snapshot of a tracked region takes what is dirty. One that is refused, fails, is cancelled or
 * closed before it is whole, at whichever stage, full or incremental, gives it back: the next one
 * has it, together with what was written since.
 */
#include "out.h"
#include "tracked.h"

#define PAGES 900u

enum ending {
	REFUSED,
	CANCELLED_BEFORE_ARM,
	CLOSED_BEFORE_ARM,
	CANCELLED_AT_ONCE,
	CANCELLED_HALF_WAY,
	CLOSED_HALF_WAY,
	FAILED_AT_FIRST,
	FAILED_LATE,
	ENDINGS
};

static void write_some(struct served *s, size_t every, size_t at)
{
	for (size_t k = at; k < PAGES; k += every)
		snap_fill(s, k, (uint8_t)(s->content[k * 4096] + 13));
}

/* Fails when so many calls have been answered. */
struct breaks {
	_Atomic int after;
};

static int64_t write_until(void *user, const void *from, uint64_t length, uint64_t offset)
{
	struct breaks *b = user;

	(void)from;
	(void)offset;
	return atomic_fetch_sub(&b->after, 1) > 0 ? (int64_t)length : -ENOSPC;
}

static void refused(struct served *s, uint32_t flags)
{
	const struct uffd_snapshot_part part = {.region = s->region};
	struct uffd_snapshot_opts o = {.size = sizeof(o), .flags = flags};
	struct uffd_snapshot *snapshot;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(uffd_snapshot_start(&snapshot, &part, 1, fd, &o), -EOPNOTSUPP);
	close(fd);
}

static void half_way(struct served *s, enum ending how, uint32_t flags)
{
	struct uffd_snapshot_opts opts;
	struct uffd_snapshot *snapshot;
	struct out o;

	out_make(&o, s->m.length, true);
	opts = out_opts(&o, 0);
	opts.flags = flags;
	snapshot = snap_start(s->region, -1, opts);
	if (how >= CANCELLED_AT_ONCE)
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	if (how >= CANCELLED_HALF_WAY) {
		out_entered(&o);
		write_some(s, 100, 3);
	}
	if (how == CANCELLED_BEFORE_ARM || how == CANCELLED_AT_ONCE || how == CANCELLED_HALF_WAY)
		ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
	out_shut(&o, false);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	out_free(&o);
}

static void fails(struct served *s, int after, uint32_t flags)
{
	struct breaks b = {.after = after};
	struct uffd_snapshot *snapshot;

	snapshot = snap_begin(
		s->region, -1,
		(struct uffd_snapshot_opts){.flags = flags, .write = write_until, .user = &b});
	write_some(s, 90, 1);
	ck_assert_int_eq(snap_end(snapshot), -ENOSPC);
}

static void ends(struct served *s, enum ending how, uint32_t flags)
{
	switch (how) {
	case REFUSED:
		refused(s, flags);
		break;
	case FAILED_AT_FIRST:
		fails(s, 0, flags);
		break;
	case FAILED_LATE:
		fails(s, 2, flags);
		break;
	default:
		half_way(s, how, flags);
	}
}

static void of(enum ending how, uint32_t flags)
{
	int fds[2] = {snap_file(), snap_file()};
	bool is_dirty[TRACKED_MOST];
	struct uffd_dirty *d;
	struct served s;

	snap_serve_anon(&s, PAGES);
	d = track(s.region);
	write_some(&s, 1, 0);
	snap_take(s.region, fds[0], 0);
	ck_assert_uint_eq(collect(d, &s, is_dirty), 0);
	write_some(&s, 2, 1);
	ends(&s, how, flags);
	write_some(&s, 50, 7);
	snap_take(s.region, fds[1], LIBUFFD_SNAPSHOT_INCREMENTAL);
	layers_are(fds, 2, &s, "given back");
	ck_assert_uint_eq(collect(d, &s, is_dirty), 0);
	write_some(&s, 3, 1);
	ends(&s, how, flags);
	collect(d, &s, is_dirty);
	for (size_t k = 1; k < PAGES; k += 3)
		ck_assert_msg(is_dirty[k], "ending %d: page %zu is not dirty", (int)how, k);
	ck_assert_int_eq(uffd_dirty_stop(d), 0);
	close(fds[0]);
	close(fds[1]);
	serve_end(&s);
}

static void what_fails_gives_back(void)
{
	for (enum ending how = REFUSED; how < ENDINGS; how++) {
		of(how, 0);
		of(how, LIBUFFD_SNAPSHOT_INCREMENTAL);
	}
}

TEST_MAIN(what_fails_gives_back)
