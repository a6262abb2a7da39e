/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file whose reads fail, with whatever number: tried again as often as the region says, once more
 * for the page alone, and no more, then SIGBUS for that page; and as if nothing had been where it
 * comes back before.
 */
#include "slow_file.h"

#define PAGES   16u
#define RETRIES 3u

static void fails(int error, uint32_t times, bool device)
{
	struct uffd_source_file_opts opts = {.size = sizeof(opts),
					     .flags = device ? LIBUFFD_SOURCE_DIRECT : 0};
	struct uffd_source *source;
	struct slow_file f;
	struct toucher t;
	struct served s;
	int how;

	if (device)
		slow_device_make(&f, PAGES * 4096);
	else
		slow_file_make(&f, PAGES * 4096);
	slow_fail(&f, times, error);
	ck_assert_int_eq(uffd_source_open_fd(&source, f.fd, &opts), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
	      (struct uffd_region_opts){
		      .source = source, .max_retries = RETRIES, .retry_ns = 20000});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	touch_start(&t, served_page(&s, 5), false, 0);
	WAIT_UNTIL(atomic_load(&t.state) != TOUCH_RUNNING);
	how = touch_join(&t);
	serve_settled(&s);
	if (times <= RETRIES) {
		ck_assert_int_eq(how, TOUCH_DONE);
		for (size_t k = 0; k < PAGES; k++)
			ck_assert(served_right(&s, k));
		ck_assert_uint_eq(stats_of(s.ctx).reads, times + 1);
		ck_assert_uint_eq(stats_of(s.ctx).source_retries, times);
	} else {
		ck_assert_int_eq(how, TOUCH_SIGBUS);
		ck_assert_uint_eq(stats_of(s.ctx).reads, 1 + RETRIES + 1);
		ck_assert_uint_eq(stats_of(s.ctx).pages_poisoned, 1);
	}
	serve_end(&s);
	slow_file_free(&f);
}

static void file_that_fails_is_tried_again(void)
{
	for (int device = 0; device < 2; device++) {
		fails(EIO, 1, device);
		fails(EIO, RETRIES, device);
		fails(EIO, 1000, device);
	}
	fails(ESTALE, 1000, false);
	fails(EBUSY, 2, false);
	fails(EAGAIN, 1000, false);
}

TEST_MAIN(file_that_fails_is_tried_again)
