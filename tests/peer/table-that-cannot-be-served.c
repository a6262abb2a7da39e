/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What is wrong with a table, and with which of its regions: the same when asked, sent and received. */
#include "tables.h"

static void check(const struct table_case *c)
{
	uint32_t which = 77;
	int ret = uffd_peer_check(c->regions, c->count, UINT64_MAX, &which);

	ck_assert_msg(ret == c->error && which == c->which, "%s: %d of %u, expected %d of %u",
		      c->what, ret, which, c->error, c->which);
	EXPECT(uffd_peer_check(c->regions, c->count, UINT64_MAX, NULL), c->error);
}

static void send_and_receive(int uffd, const struct table_case *c)
{
	struct wire w = {.magic = WIRE_MAGIC, .format = 1, .count = c->count};
	struct received got;
	struct pollfd p;
	int s[2], ret;

	memcpy(w.regions, c->regions, sizeof(c->regions));
	sockets_make(s, SOCK_STREAM);
	p = (struct pollfd){.fd = s[1], .events = POLLIN};
	ret = uffd_peer_send(s[0], uffd, 0, c->regions, c->count);
	ck_assert_msg(ret == c->error, "%s: sending: %d", c->what, ret);
	ck_assert_int_eq(poll(&p, 1, 0), c->error == 0);
	if (c->error)
		ck_assert_int_gt(send_plain(s[0], &w, wire_length(w.count), &uffd, 1), 0);
	ret = table_receive(s[1], &got);
	ck_assert_msg(ret == c->error, "%s: receiving: %d", c->what, ret);
	if (ret == 0) {
		table_is(&got, &w);
		close(got.uffd);
	}
	close_both(s);
}

static void cannot_be_served(void)
{
	int uffd = uffd_make();

	for (size_t i = 0; i < TABLE_CASES; i++) {
		check(&table_cases[i]);
		send_and_receive(uffd, &table_cases[i]);
	}
	close(uffd);
}

TEST_MAIN(cannot_be_served)
