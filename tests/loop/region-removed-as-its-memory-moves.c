/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region is removed while the loop has read that its memory moved, or went, and has not noted it
 * yet: what is left is nobody's, at its new address too.
 */
#include "serve.h"

#include <uffd/raw.h>

int64_t __real_uffd_raw_read(int fd, struct uffd_msg *messages, size_t count);
int64_t __wrap_uffd_raw_read(int fd, struct uffd_msg *messages, size_t count);

static _Atomic bool removed, heard;

/* Between hearing of an event and noting it the loop stands still until the region is removed. */
int64_t __wrap_uffd_raw_read(int fd, struct uffd_msg *messages, size_t count)
{
	int64_t n = __real_uffd_raw_read(fd, messages, count);
	uint64_t until = test_now() + 300000000;

	if (n > 0 && messages[0].event != UFFD_EVENT_PAGEFAULT) {
		atomic_store(&heard, true);
		while (!atomic_load(&removed) && test_now() < until)
			sched_yield();
	}
	return n;
}

static void region_removed_as_its_memory_moves(void)
{
	struct served s;
	struct toucher t;
	void *to;

	serve(&s, LIBUFFD_BACKING_ANON, 8, UFFD_FEATURE_EVENT_REMAP, LIBUFFD_MISSING,
	      (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	to = mmap(NULL, s.m.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_eq(mremap(s.m.at, s.m.length, s.m.length, MREMAP_MAYMOVE | MREMAP_FIXED, to),
			 to);
	WAIT_UNTIL(atomic_load(&heard));
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
	atomic_store(&removed, true);
	touch_start(&t, to, false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(t.value, 0);
	s.m.at = to;
	serve_end(&s);
}

TEST_MAIN(region_removed_as_its_memory_moves)
