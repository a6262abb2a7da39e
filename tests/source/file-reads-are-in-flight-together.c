/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Faults in several windows of a file: their reads are under way together, tens of them on the
 * loop's ring, a few in threads where there is no ring or the file is none for it, and the loop
 * serves other faults meanwhile.
 */
#include "slow_file.h"

#define ON_RING    48u
#define IN_THREADS 8u
#define MOST       ON_RING

static int zeros(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)user;
	return (int)uffd_zero(region, extent->offset, extent->length, 0);
}

static void in_flight(uint32_t backing, uint32_t modes, bool device, uint32_t flags)
{
	struct uffd_source_file_opts opts = {.size = sizeof(opts), .flags = flags};
	struct toucher t[MOST], o;
	struct uffd_source *source;
	struct uffd_region *other;
	struct test_memory m;
	struct slow_file f;
	struct served s;
	bool ring;
	size_t n;

	if (device)
		slow_device_make(&f, MOST * 16384);
	else
		slow_file_make(&f, MOST * 16384);
	slow_hold(&f, 0, UINT64_MAX);
	ck_assert_int_eq(uffd_source_open_fd(&source, f.fd, &opts), 0);
	serve(&s, backing, MOST * 4, 0, modes,
	      (struct uffd_region_opts){.source = source, .fault_around = 16384});
	uffd_source_close(source);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 8);
	other = serve_region(&s, &m, LIBUFFD_MISSING,
			     (struct uffd_region_opts){.fault = zeros, .fault_around = 4096});
	s.loop = serve_start(s.ctx, NULL);
	ring = device && stats_of(s.ctx).poller == LIBUFFD_POLLER_URING;
	n = ring ? ON_RING : IN_THREADS;
	for (size_t k = 0; k < n; k++)
		touch_start(&t[k], served_page(&s, 4 * k + k % 4), false, 0);
	WAIT_UNTIL(stats_of(s.ctx).reads == n);
	/* The device may take reads of neighbours for one. */
	WAIT_UNTIL(atomic_load(&f.control->held) >= (ring ? 1 : n));
	for (size_t k = 0; k < 8; k++) {
		touch_start(&o, (uint8_t *)m.at + k * 4096, false, 1);
		WAIT_UNTIL(atomic_load(&o.state) != TOUCH_RUNNING);
		ck_assert_int_eq(touch_join(&o), TOUCH_DONE);
		ck_assert_uint_eq(o.value, 0);
	}
	for (size_t k = 0; k < n; k++)
		ck_assert(touch_asleep(&t[k]));
	slow_release(&f);
	for (size_t k = 0; k < n; k++)
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
	for (size_t k = 0; k < MOST * 4; k++)
		ck_assert(served_right(&s, k));
	ck_assert_uint_eq(stats_of(s.ctx).read_bytes, s.m.length);
	ck_assert_int_eq(uffd_region_remove(other, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
	serve_end(&s);
	slow_file_free(&f);
}

static void file_reads_are_in_flight_together(void)
{
	in_flight(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, false, 0);
	in_flight(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR, false, 0);
	in_flight(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, true, 0);
	in_flight(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, true, LIBUFFD_SOURCE_DIRECT);
	in_flight(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR, true, 0);
}

TEST_MAIN(file_reads_are_in_flight_together)
