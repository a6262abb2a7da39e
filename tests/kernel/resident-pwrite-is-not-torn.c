/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * With a resident source a pwrite of one page is atomic against CONTINUE: it is EFAULT or it maps
 * the whole page, in every try.
 */
#include "call.h"
#include "expect.h"

#include <sched.h>

#define TRIES 60

static void one_try(int fd, struct test_memory *m, uint8_t *from, size_t page)
{
	struct call writer;
	struct answer a;

	call_pwrite(&writer, m->fd, from, m->page, (off_t)(page * m->page));
	while ((a = ask_continue(fd, page_at(m, page), m->page, 0)).error == -EFAULT)
		sched_yield();
	ck_assert_int_eq(a.error, 0);
	ck_assert_msg(bytes_are(page_at(m, page), 5, m->page), "try %zu is torn", page);
	ck_assert_int_eq(call_join(&writer), (long)m->page);
}

static void resident_pwrite_is_not_torn(void)
{
	struct test_memory m;
	uint8_t *from;
	int fd = test_uffd(UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, TRIES);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MINOR);
	for (size_t k = 0; k < TRIES; k++)
		one_try(fd, &m, from, k);
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(resident_pwrite_is_not_torn)
