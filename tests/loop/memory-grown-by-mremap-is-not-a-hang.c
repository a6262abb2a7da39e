/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * mremap makes a registered mapping longer than its region. Nobody promised content for the new
 * pages: a thread that touches one goes on, with zeros.
 */
#include "serve.h"

static void grown(int flags)
{
	struct served s;
	struct toucher t;
	uint8_t *at;
	size_t length;

	serve(&s, LIBUFFD_BACKING_ANON, 8, UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_UNMAP,
	      LIBUFFD_MISSING, (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert(served_right(&s, 1));
	length = s.m.length;
	at = mmap(NULL, 2 * length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	at = mremap(s.m.at, length, 2 * length, flags, at);
	ck_assert_ptr_ne(at, MAP_FAILED);
	touch_start(&t, at + length + 3 * s.m.page, true, 7);
	WAIT_UNTIL(atomic_load(&t.state) != TOUCH_RUNNING);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(at[length + 3 * s.m.page + 1], 0);
	ck_assert_int_eq(memcmp(at, s.content, length), 0);
	munmap(at + length, length);
	s.m.at = at;
	serve_end(&s);
}

static void memory_grown_by_mremap_is_not_a_hang(void)
{
	grown(MREMAP_MAYMOVE | MREMAP_FIXED);
}

TEST_MAIN(memory_grown_by_mremap_is_not_a_hang)
