/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The io_uring poller is disarmed when it has handed out a part of a buffer of messages, and others
 * have arrived: it does not go before all of them are fetched.
 */
#include <sys/eventfd.h>

#include <uffd/raw.h>

#include "test.h"

#include "loop/poller.h"

#define FIRST 5u
#define THEN  40u /* more than a buffer takes */
#define ALL   (FIRST + THEN)
#define TAKEN 8u /* ends within the second buffer */

static struct test_memory m;
static struct toucher touchers[ALL];
static struct uffd_msg messages[ALL];

static void touch(size_t first, size_t end)
{
	for (size_t k = first; k < end; k++)
		touch_start(&touchers[k], (uint8_t *)m.at + k * 4096, false, 0);
	for (size_t k = first; k < end; k++)
		ck_assert(touch_asleep(&touchers[k]));
}

/* A poller whose look() always asks the kernel, as it does where somebody polls its descriptor. */
static struct poller *armed_poller(int uffd, int wakefd)
{
	const struct poller_target target = {.uffd = uffd, .wakefd = wakefd};
	struct poller *p = NULL;
	int ret = poller_uring.open(&p, &target);

	if (ret < 0)
		test_skip("no io_uring here");
	ck_assert_int_eq(poller_uring.arm(p), 0);
	ck_assert_int_ge(poller_uring.fd(p), 0);
	if (!poller_uring.multishot(p))
		test_skip("no READ_MULTISHOT of a userfaultfd here");
	return p;
}

/* Each address once. */
static void are_all_there(unsigned int count)
{
	bool seen[ALL] = {false};

	ck_assert_uint_eq(count, ALL);
	for (size_t k = 0; k < ALL; k++) {
		size_t page = (messages[k].arg.pagefault.address - (uintptr_t)m.at) / 4096;

		ck_assert_uint_lt(page, ALL);
		ck_assert(!seen[page]);
		seen[page] = true;
	}
}

static void buffer_half_handed_out_is_kept(void)
{
	int wakefd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), uffd = test_uffd(0), n;
	struct poller *p = armed_poller(uffd, wakefd);
	unsigned int count = 0, rounds = 0;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, ALL);
	ck_assert_int_eq(uffd_raw_register(uffd, (uintptr_t)m.at, m.length,
					   UFFDIO_REGISTER_MODE_MISSING, NULL),
			 0);
	touch(0, FIRST);
	ck_assert_int_eq(poller_uring.look(p), 0);
	touch(FIRST, ALL);
	ck_assert_int_eq(poller_uring.look(p), 0);
	n = poller_uring.fetch(p, messages, TAKEN);
	ck_assert_int_eq(n, TAKEN);
	count = TAKEN;
	while (poller_uring.disarm(p) > 0 && rounds++ < ALL) {
		n = poller_uring.fetch(p, messages + count, ALL - count);
		ck_assert_int_ge(n, 0);
		count += (unsigned int)n;
	}
	are_all_there(count);
	poller_uring.close(p);

	ck_assert_int_eq(uffd_raw_zeropage(uffd, (uintptr_t)m.at, m.length, 0), (int64_t)m.length);
	for (size_t k = 0; k < ALL; k++)
		ck_assert_int_eq(touch_join(&touchers[k]), TOUCH_DONE);
	close(uffd);
	close(wakefd);
	test_memory_free(&m);
}

TEST_MAIN(buffer_half_handed_out_is_kept)
