/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * While an event waits to be read every ioctl that fills or protects is EAGAIN, with -EAGAIN in its
 * field, however often it is asked: without a reader this never ends.
 */
#include "call.h"
#include "expect.h"

#define TRIES 100

static struct test_memory m, s;
static uint8_t *from;

static void expect_eagain(int fd)
{
	uint8_t *at = page_at(&m, 1);

	EXPECT_ANSWER(ask_copy(fd, at, from, m.page, 0), -EAGAIN, -EAGAIN);
	EXPECT_ANSWER(ask_zeropage(fd, at, m.page, 0), -EAGAIN, -EAGAIN);
	EXPECT_ANSWER(ask_poison(fd, at, m.page, 0), -EAGAIN, -EAGAIN);
	EXPECT_ANSWER(ask_move(fd, at, from, m.page, 0), -EAGAIN, -EAGAIN);
	EXPECT_ANSWER(ask_continue(fd, s.at, s.page, 0), -EAGAIN, -EAGAIN);
	ck_assert_int_eq(
		uffd_raw_writeprotect(fd, address(at), m.page, UFFDIO_WRITEPROTECT_MODE_WP),
		-EAGAIN);
}

static void changing_mapping_says_eagain(void)
{
	struct call c;
	int fd = test_uffd(UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_POISON | UFFD_FEATURE_MOVE |
			   UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	test_memory_make(&s, LIBUFFD_BACKING_SHMEM, 1);
	from = pattern_make(&m, 5);
	page_pwrite(&s, 0, 1);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP);
	expect_register(fd, &s, UFFDIO_REGISTER_MODE_MINOR);

	call_madvise(&c, page_at(&m, 0), m.page, MADV_DONTNEED);
	expect_readable(fd);
	for (int i = 0; i < TRIES; i++)
		expect_eagain(fd);
	ck_assert(call_asleep(&c));
	expect_event(fd, UFFD_EVENT_REMOVE);
	ck_assert_int_eq(call_join(&c), 0);

	EXPECT_ANSWER(ask_copy(fd, page_at(&m, 1), from, m.page, 0), 0, m.page);
	EXPECT_ANSWER(ask_continue(fd, s.at, s.page, 0), 0, s.page);
	pattern_free(&m, from);
	test_memory_free(&s);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(changing_mapping_says_eagain)
