/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * While an event waits to be read WRITEPROTECT says EAGAIN before it looks at its arguments, and
 * EINVAL of bad ones otherwise: a way to ask whether the mapping is changing that changes nothing.
 *
 */
#include "call.h"
#include "expect.h"

static int ask(int fd)
{
	return uffd_raw_writeprotect(
		fd, 0, 0, UFFDIO_WRITEPROTECT_MODE_WP | UFFDIO_WRITEPROTECT_MODE_DONTWAKE);
}

static void before_bad_arguments(void)
{
	struct test_memory m;
	struct call c;
	int fd = test_uffd(UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_PAGEFAULT_FLAG_WP);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_WP);
	ck_assert_int_eq(ask(fd), -EINVAL);
	call_mremap(&c, m.at, m.length);
	expect_readable(fd);
	ck_assert(call_asleep(&c));
	ck_assert_int_eq(ask(fd), -EAGAIN);
	expect_event(fd, UFFD_EVENT_REMAP);
	m.at = (void *)call_join(&c);
	ck_assert_int_eq(ask(fd), -EINVAL);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(before_bad_arguments)
