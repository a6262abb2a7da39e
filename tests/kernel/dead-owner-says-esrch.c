/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * When the process that owns the memory is dead every fill ioctl and WRITEPROTECT are ESRCH with
 * the field untouched, REGISTER and UNREGISTER are ENOMEM, and WAKE succeeds.
 */
#include "expect.h"
#include "process.h"

static void dead_owner(void)
{
	struct owner o;
	uint8_t *at, *from;
	size_t page;

	owner_start(&o, UFFD_FEATURE_POISON | UFFD_FEATURE_PAGEFAULT_FLAG_WP,
		    UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP, 2);
	at = page_at(&o.memory, 0);
	page = o.memory.page;
	from = pattern_make(&o.memory, 5);
	EXPECT_ANSWER(ask_copy(o.fd, at, from, page, 0), 0, page);
	owner_end(&o);

	at = page_at(&o.memory, 1);
	EXPECT_ANSWER(ask_copy(o.fd, at, from, page, 0), -ESRCH, UNTOUCHED);
	EXPECT_ANSWER(ask_zeropage(o.fd, at, page, 0), -ESRCH, UNTOUCHED);
	EXPECT_ANSWER(ask_continue(o.fd, at, page, 0), -ESRCH, UNTOUCHED);
	EXPECT_ANSWER(ask_poison(o.fd, at, page, 0), -ESRCH, UNTOUCHED);
	ck_assert_int_eq(
		uffd_raw_writeprotect(o.fd, address(at), page, UFFDIO_WRITEPROTECT_MODE_WP),
		-ESRCH);
	ck_assert_int_eq(uffd_raw_unregister(o.fd, address(at), page), -ENOMEM);
	ck_assert_int_eq(
		uffd_raw_register(o.fd, address(at), page, UFFDIO_REGISTER_MODE_MISSING, NULL),
		-ENOMEM);
	ck_assert_int_eq(uffd_raw_wake(o.fd, address(at), page), 0);
	pattern_free(&o.memory, from);
	close(o.fd);
}
TEST_MAIN(dead_owner)
