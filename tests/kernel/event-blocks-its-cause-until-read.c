/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * madvise, munmap, mremap and fork of registered memory block until their event is read: the thread
 * that reads must never do them.
 */
#include "call.h"
#include "expect.h"

static struct uffd_msg expect_block(int fd, struct call *c, uint8_t event)
{
	struct uffd_msg msg;

	expect_readable(fd);
	ck_assert(call_asleep(c));
	msg = expect_event(fd, event);
	ck_assert(call_join(c) >= 0);
	expect_silence(fd);
	return msg;
}

static void event_blocks_its_cause(void)
{
	struct test_memory m;
	struct call c;
	struct uffd_msg msg;
	int fd = test_uffd(UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_EVENT_UNMAP |
			   UFFD_FEATURE_EVENT_FORK);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 3);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	call_madvise(&c, page_at(&m, 0), m.page, MADV_DONTNEED);
	expect_block(fd, &c, UFFD_EVENT_REMOVE);
	call_munmap(&c, page_at(&m, 2), m.page);
	msg = expect_block(fd, &c, UFFD_EVENT_UNMAP);
	ck_assert_uint_eq(msg.arg.remove.start, address(page_at(&m, 2)));
	ck_assert_uint_eq(msg.arg.remove.end, address(page_at(&m, 2)) + m.page);
	call_fork(&c);
	msg = expect_block(fd, &c, UFFD_EVENT_FORK);
	close((int)msg.arg.fork.ufd);
	close(fd);

	fd = test_uffd(UFFD_FEATURE_EVENT_REMAP);
	m.length = 2 * m.page;
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	call_mremap(&c, m.at, m.length);
	msg = expect_block(fd, &c, UFFD_EVENT_REMAP);
	ck_assert_uint_eq(msg.arg.remap.from, address(m.at));
	ck_assert_uint_eq(msg.arg.remap.to, (uint64_t)c.result);
	ck_assert_uint_eq(msg.arg.remap.len, m.length);
	close(fd);
	munmap((void *)c.result, m.length);
}
TEST_MAIN(event_blocks_its_cause)
