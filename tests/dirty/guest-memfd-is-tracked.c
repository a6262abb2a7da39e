/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * guest_memfd, which takes no other registration, is tracked with ASYNC: what the mapping writes is
 * reported, what it reads is not. SYNC cannot be had.
 */
#include "tracked.h"

#include "kvm.h"

#define PAGES 16u

static void guest_memfd_is_tracked(void)
{
	const struct uffd_dirty_opts sync = {.size = sizeof(sync), .method = LIBUFFD_DIRTY_SYNC};
	struct tracked t = {.method = LIBUFFD_DIRTY_ASYNC, .name = "guest_memfd"};

	kvm_guest_memfd_make(&t.s.m, PAGES);
	t.s.content = content_make(t.s.m.length);
	t.s.ctx = serve_ctx_flags(track_features(LIBUFFD_DIRTY_ASYNC), LIBUFFD_CTX_DISCARDS);
	t.s.region = serve_region(&t.s, &t.s.m, LIBUFFD_WP, (struct uffd_region_opts){0});
	for (size_t k = 0; k < PAGES / 2; k++)
		track_write(&t, k);
	ck_assert_int_eq(uffd_dirty_start(&t.dirty, t.s.region, &sync), -EOPNOTSUPP);
	track_start(&t);
	EXPECT_DIRTY(&t, "");
	track_read(&t, PAGES - 1);
	EXPECT_DIRTY(&t, "");
	for (int i = 0; i < 3; i++) {
		track_write(&t, 2);
		track_write(&t, 3);
		track_write(&t, PAGES - 1);
		track_write(&t, PAGES - 3);
		EXPECT_DIRTY(&t, "2-3 13 15");
		EXPECT_DIRTY(&t, "");
	}
	ck_assert_int_eq(uffd_discard(t.s.region, 2 * t.s.m.page, t.s.m.page), 0);
	ck_assert_int_eq(fallocate(t.s.m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				   (off_t)(2 * t.s.m.page), (off_t)t.s.m.page),
			 0);
	EXPECT_DIRTY(&t, "2");
	EXPECT_DIRTY(&t, "2");
	track_write(&t, 2);
	EXPECT_DIRTY(&t, "2");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

TEST_MAIN(guest_memfd_is_tracked)
