/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A receiver waits where its socket does, and says "not yet" where it does not. */
#include "firecracker.h"

static struct line l;

static void *answer(void *unused)
{
	(void)unused;
	return (void *)(intptr_t)uffd_fc_receive(l.receiver);
}

static void waits_only_on_a_blocking_socket(void)
{
	int uffd = vmm_uffd();
	pthread_t thread;
	void *ret;

	l = line_make();
	EXPECT(uffd_fc_receive(l.receiver), 0);
	EXPECT(uffd_fc_receive(l.receiver), 0);
	ck_assert_str_eq(uffd_fc_reason(l.receiver), "");
	ck_assert_int_eq(fcntl(l.handler, F_SETFL, 0), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, answer, NULL), 0);
	/* Whether it sleeps by now or not, it cannot have an answer. */
	EXPECT(uffd_fc_send(l.vmm, uffd, wire_regions, 2, LIBUFFD_FC_1_12), 0);
	ck_assert_int_eq(pthread_join(thread, &ret), 0);
	EXPECT((intptr_t)ret, 1);
	line_free(&l);
	close(uffd);
}

TEST_MAIN(waits_only_on_a_blocking_socket)
