/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * MADV_DONTNEED, MADV_FREE and MADV_REMOVE all send REMOVE. On shared memory DONTNEED keeps the
 * page cache, so the next fault is MINOR; after MADV_REMOVE it is MISSING. Only the fault's flag
 * tells.
 */
#include "call.h"
#include "expect.h"

static void discard(int fd, const struct test_memory *m, size_t page, int advice)
{
	struct call c;
	struct uffd_msg msg;

	call_madvise(&c, page_at(m, page), m->page, advice);
	msg = expect_event(fd, UFFD_EVENT_REMOVE);
	ck_assert_uint_eq(msg.arg.remove.start, address(page_at(m, page)));
	ck_assert_uint_eq(msg.arg.remove.end, address(page_at(m, page)) + m->page);
	ck_assert_int_eq(call_join(&c), 0);
}

static void expect_next_fault(int fd, const struct test_memory *m, size_t page, uint64_t flags)
{
	struct toucher t;

	touch_start(&t, page_at(m, page), false, 0);
	expect_fault(fd, page_at(m, page), flags);
	EXPECT_ANSWER(flags & UFFD_PAGEFAULT_FLAG_MINOR
			      ? ask_continue(fd, page_at(m, page), m->page, 0)
			      : ask_zeropage(fd, page_at(m, page), m->page, 0),
		      0, m->page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
}

static void discard_sends_remove(void)
{
	struct test_memory m;
	int fd = test_uffd(UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_MISSING_SHMEM |
			   UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	discard(fd, &m, 0, MADV_DONTNEED);
	discard(fd, &m, 1, MADV_FREE);
	expect_next_fault(fd, &m, 0, 0);
	test_memory_free(&m);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_MINOR);
	discard(fd, &m, 0, MADV_DONTNEED);
	discard(fd, &m, 1, MADV_REMOVE);
	expect_next_fault(fd, &m, 0, UFFD_PAGEFAULT_FLAG_MINOR);
	expect_next_fault(fd, &m, 1, 0);
	expect_silence(fd);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(discard_sends_remove)
