/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * With both EVENT_REMAP and EVENT_UNMAP on, an mremap that moves sends REMAP and then UNMAP of the
 * old range, and blocks until both are read.
 */
#include "call.h"
#include "expect.h"

static void mremap_sends_remap_then_unmap(void)
{
	struct test_memory m;
	struct call c;
	struct uffd_msg msg;
	int fd = test_uffd(UFFD_FEATURE_EVENT_UNMAP | UFFD_FEATURE_EVENT_REMAP);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	call_mremap(&c, m.at, m.length);
	msg = expect_event(fd, UFFD_EVENT_REMAP);
	ck_assert_uint_eq(msg.arg.remap.from, address(m.at));
	expect_readable(fd);
	ck_assert(call_asleep(&c));
	msg = expect_event(fd, UFFD_EVENT_UNMAP);
	ck_assert_uint_eq(msg.arg.remove.start, address(m.at));
	ck_assert_uint_eq(msg.arg.remove.end, address(m.at) + m.length);
	ck_assert(call_join(&c) > 0);
	expect_silence(fd);
	close(fd);
	munmap((void *)c.result, m.length);
}
TEST_MAIN(mremap_sends_remap_then_unmap)
