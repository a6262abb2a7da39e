/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A released context leaves the registration and who waits in the kernel as they are; a second one
 * that adopts the descriptor serves them, and what was filled before keeps its bytes.
 */
#include "claims.h"

static void hands_over(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct toucher unread, later;
	uint64_t features;
	struct served s;
	int fd = -1;

	claims_make(&s, backing, 0, 0, 0);
	claim(&s, 0, 2);
	ck_assert_int_eq(uffd_zero(s.region, 0, 2 * s.m.page, 0), 0);
	touch_start(&unread, served_page(&s, 2), false, 0);
	ck_assert(touch_asleep(&unread));
	features = uffd_ctx_features(s.ctx);
	ck_assert_int_eq(uffd_ctx_release(NULL, &fd), -EINVAL);
	ck_assert_int_eq(uffd_ctx_release(s.ctx, NULL), -EINVAL);
	ck_assert_int_eq(uffd_ctx_release(s.ctx, &fd), 0);
	ck_assert_int_ge(fd, 0);
	ck_assert(touch_asleep(&unread));

	ck_assert_int_eq(uffd_ctx_adopt(&s.ctx, fd, features, NULL), 0);
	ck_assert_int_eq(uffd_ctx_fd(s.ctx), fd);
	ck_assert_uint_eq(uffd_ctx_features(s.ctx), features);
	claims_add(&s, fill_modes(backing), LIBUFFD_REGION_REGISTERED);
	answer(&s);
	wait_end(&unread, first_byte(&s, 2));
	touch_start(&later, served_page(&s, n - 1), false, 0);
	answer(&s);
	wait_end(&later, first_byte(&s, n - 1));
	/* It fills everything that it does not know to be there; what is there stays. */
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_FINISH), 0);
	expect_zeros(&s, 0, 2);
	expect_content(&s, 2, n - 2);
	munmap(s.content, s.m.length);
	test_memory_free(&s.m);
}

static void memory_over(void)
{
	each_backing(hands_over);
}
TEST_MAIN(memory_over)
