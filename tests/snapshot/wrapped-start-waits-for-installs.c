/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A page is being installed, unprotected, when a snapshot begins: start() waits for it and protects
 * it then. Its first write after the instant waits until it is saved.
 */
#include "out.h"

#include <uffd/raw.h>

#define PAGES 1024u
#define PAGE  (PAGES - 5)

int64_t __wrap_uffd_raw_copy(int fd, uint64_t dst, const void *src, uint64_t length, uint64_t mode);
int64_t __real_uffd_raw_copy(int fd, uint64_t dst, const void *src, uint64_t length, uint64_t mode);

static _Atomic bool watching, installing, started;

int64_t __wrap_uffd_raw_copy(int fd, uint64_t dst, const void *src, uint64_t length, uint64_t mode)
{
	uint64_t until = test_now() + 300000000;

	if (atomic_exchange(&watching, false)) {
		atomic_store(&installing, true);
		while (!atomic_load(&started) && test_now() < until)
			sched_yield();
	}
	return __real_uffd_raw_copy(fd, dst, src, length, mode);
}

static void start_waits_for_installs(void)
{
	struct uffd_snapshot *snapshot;
	struct toucher reader, writer;
	struct served s;
	struct out o;

	snap_serve_lazily(&s, LIBUFFD_BACKING_ANON, PAGES, 0, 0, LIBUFFD_MISSING,
			  (struct uffd_region_opts){.fault_around = 4096});
	for (size_t n = 0; n < PAGES; n++)
		if (n != PAGE)
			ck_assert(served_right(&s, n));
	serve_settled(&s);
	out_make(&o, s.m.length, true);
	atomic_store(&watching, true);
	touch_start(&reader, served_page(&s, PAGE), false, 0);
	WAIT_UNTIL(atomic_load(&installing));
	snapshot = snap_start(s.region, -1, out_opts(&o, SNAP_LEAST));
	atomic_store(&started, true);
	ck_assert_int_eq(touch_join(&reader), TOUCH_DONE);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	touch_start(&writer, served_page(&s, PAGE), true, (uint8_t)(reader.value + 1));
	touch_waits(&writer);
	out_shut(&o, false);
	ck_assert_int_eq(touch_join(&writer), TOUCH_DONE);
	ck_assert_int_eq(snap_end(snapshot), 0);
	out_is(&o, &s, "installed meanwhile");
	out_free(&o);
	serve_end(&s);
}

TEST_MAIN(start_waits_for_installs)
