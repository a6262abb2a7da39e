/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What recvmsg(2) says of a socket is told, and refuses for good. */
#include "firecracker.h"

static void socket_that_cannot_be_read(void)
{
	struct uffd_fc_receiver *receiver;
	int file = open("/dev/null", O_RDWR | O_CLOEXEC);

	EXPECT(uffd_fc_receiver_open(&receiver, file, CONTENT), 0);
	EXPECT(uffd_fc_receive(receiver), -ENOTSOCK);
	ck_assert_str_eq(uffd_fc_reason(receiver), "receiving: Socket operation on non-socket");
	close(file);
	EXPECT(uffd_fc_receive(receiver), -ENOTSOCK);
	uffd_fc_receiver_close(receiver);
}

TEST_MAIN(socket_that_cannot_be_read)
