/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A fault is read before an event that was queued earlier: REMOVE, UNMAP and REMAP alike. A reader
 * must not believe that messages come in the order of what happened.
 */
#include "call.h"
#include "expect.h"

static void overtake(int fd, const struct test_memory *m, struct call *c, uint8_t event)
{
	struct toucher t;

	expect_readable(fd); /* the event is queued */
	touch_start(&t, page_at(m, 0), false, 0);
	ck_assert(touch_asleep(&t));
	expect_fault(fd, page_at(m, 0), 0);
	expect_event(fd, event);
	ck_assert(call_join(c) >= 0);
	EXPECT_ANSWER(ask_zeropage(fd, page_at(m, 0), m->page, 0), 0, m->page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	expect_silence(fd);
}

static void fault_overtakes_event(void)
{
	struct test_memory m;
	struct call c;
	int fd = test_uffd(UFFD_FEATURE_EVENT_REMOVE);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	call_madvise(&c, page_at(&m, 1), m.page, MADV_DONTNEED);
	overtake(fd, &m, &c, UFFD_EVENT_REMOVE);
	close(fd);
	test_memory_free(&m);

	fd = test_uffd(UFFD_FEATURE_EVENT_UNMAP);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	call_munmap(&c, page_at(&m, 1), m.page);
	overtake(fd, &m, &c, UFFD_EVENT_UNMAP);
	close(fd);
	munmap(m.at, m.page);

	fd = test_uffd(UFFD_FEATURE_EVENT_REMAP);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	call_mremap(&c, page_at(&m, 1), m.page);
	overtake(fd, &m, &c, UFFD_EVENT_REMAP);
	close(fd);
	munmap((void *)c.result, m.page);
	munmap(m.at, m.page);
}
TEST_MAIN(fault_overtakes_event)
