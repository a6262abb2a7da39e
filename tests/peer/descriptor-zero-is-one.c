/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Descriptor 0 can be sent, and be what a received one is called. */
#include "peer.h"

static void descriptor_zero(void)
{
	int s[2], fd = -1, kept = dup(STDIN_FILENO), file = memfd_create("zero", MFD_CLOEXEC);
	uint32_t count = 1;
	struct tracer t;
	char byte;

	sockets_make(s, SOCK_STREAM);
	ck_assert_int_eq(dup2(file, 0), 0);
	fd = 0;
	EXPECT(uffd_fdpass_send(s[0], "0", 1, &fd, 1), 0);
	close(0);
	fd = -1;
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, &fd, &count), 1);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(fd, 0);
	ck_assert(same_file(0, file));
	close(0);

	/* Also as one that nobody expects. */
	tracer_make(&t);
	if (t.ends[0] == 0) {
		t.ends[0] = dup(0);
		close(0);
	}
	tracer_send(&t, s[0], "0", 1, 1);
	count = 0;
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, NULL, &count), -ENOBUFS);
	tracer_end(&t);
	EXPECT(fcntl(0, F_GETFD), -1);

	if (kept >= 0) {
		dup2(kept, 0);
		close(kept);
	}
	close(file);
	close_both(s);
}

TEST_MAIN(descriptor_zero)
