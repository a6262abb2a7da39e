/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What uffd_fc_receiver_peek() reads is there for the next that has the socket, from its start,
 * also where the first had half of it: a handler that is killed loses no handshake.
 */
#include "firecracker.h"

/* Reads the text in two parts of which the first has the descriptor; cut is where. */
static void read_twice(const char *text, size_t cut, int uffd)
{
	struct uffd_fc_receiver *first, *second;
	const struct uffd_peer_region *regions;
	struct line l = line_make();
	uint32_t count;
	int fd;

	EXPECT(uffd_fc_receiver_peek(&first, l.handler, CONTENT), 0);
	EXPECT(uffd_fdpass_send(l.vmm, text, cut, &uffd, 1), 0);
	EXPECT(uffd_fc_receive(first), 0);
	EXPECT(uffd_fc_receive(first), 0);
	EXPECT(uffd_fdpass_send(l.vmm, text + cut, strlen(text) - cut, NULL, 0), 0);
	/* One message at a time. */
	EXPECT(uffd_fc_receive(first), 1);
	uffd_fc_receiver_close(first);

	EXPECT(uffd_fc_receiver_peek(&second, l.handler, CONTENT), 0);
	while (uffd_fc_receive(second) == 0)
		;
	EXPECT(uffd_fc_receive(second), 1);
	regions = uffd_fc_regions(second, &count);
	expect_regions(regions, count, wire_regions, 2);
	fd = uffd_fc_take_fd(second);
	ck_assert_int_ge(fd, 0);
	ck_assert(same_file(fd, uffd));
	close(fd);
	uffd_fc_receiver_close(second);

	/* And it can be taken at last, once. */
	while (uffd_fc_receive(l.receiver) == 0)
		;
	EXPECT(uffd_fc_receive(l.receiver), 1);
	line_free(&l);
}

/* A VMM that closes at once, as Firecracker did before 1.12. */
static void closed_vmm(const char *text, int uffd)
{
	struct line l = line_make();

	EXPECT(uffd_fdpass_send(l.vmm, text, strlen(text), &uffd, 1), 0);
	close(l.vmm);
	l.vmm = -1;
	for (int i = 0; i < 2; i++) {
		struct uffd_fc_receiver *r;

		EXPECT(uffd_fc_receiver_peek(&r, l.handler, CONTENT), 0);
		EXPECT(uffd_fc_receive(r), 1);
		uffd_fc_receiver_close(r);
	}
	line_free(&l);
}

static void peeked_handshake_is_read_again(void)
{
	struct uffd_fc_receiver *r;
	int uffd = vmm_uffd(), before = open_descriptors(), file = memfd_create("no socket", 0);
	const char *text = wire[LIBUFFD_FC_1_12];

	for (size_t cut = 1; cut < strlen(text); cut += 50)
		read_twice(text, cut, uffd);
	closed_vmm(text, uffd);
	EXPECT(uffd_fc_receiver_peek(NULL, file, CONTENT), -EINVAL);
	EXPECT(uffd_fc_receiver_peek(&r, file, CONTENT), -ENOTSOCK);
	EXPECT(uffd_fc_receiver_peek(&r, -1, CONTENT), -EBADF);
	close(file);
	ck_assert_int_eq(open_descriptors(), before);
	close(uffd);
}

TEST_MAIN(peeked_handshake_is_read_again)
