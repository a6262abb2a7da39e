/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd_fc_has_fd(): a descriptor that has come is told before the handshake is whole, and no more when taken. */
#include "firecracker.h"

static void expect_told(int (*open)(struct uffd_fc_receiver **, int, uint64_t), int uffd)
{
	const char *text = wire[LIBUFFD_FC_1_12];
	struct line l = line_make();
	struct uffd_fc_receiver *r;
	int fd;

	EXPECT(open(&r, l.handler, CONTENT), 0);
	EXPECT(uffd_fc_has_fd(r), 0);
	EXPECT(uffd_fdpass_send(l.vmm, text, 10, NULL, 0), 0);
	EXPECT(uffd_fc_receive(r), 0);
	EXPECT(uffd_fc_has_fd(r), 0);
	EXPECT(uffd_fdpass_send(l.vmm, text + 10, 10, &uffd, 1), 0);
	EXPECT(uffd_fc_receive(r), 0);
	EXPECT(uffd_fc_has_fd(r), 1);
	EXPECT(uffd_fdpass_send(l.vmm, text + 20, strlen(text) - 20, NULL, 0), 0);
	EXPECT(uffd_fc_receive(r), 1);
	EXPECT(uffd_fc_has_fd(r), 1);
	fd = uffd_fc_take_fd(r);
	ck_assert_int_ge(fd, 0);
	EXPECT(uffd_fc_has_fd(r), 0);
	close(fd);
	uffd_fc_receiver_close(r);
	line_free(&l);
}

static void descriptor_is_told_before_the_end(void)
{
	int uffd = vmm_uffd(), file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct line l = line_make();

	expect_told(uffd_fc_receiver_open, uffd);
	expect_told(uffd_fc_receiver_peek, uffd);
	/* One that is refused, too. */
	EXPECT(uffd_fc_send(l.vmm, file, wire_regions, 2, LIBUFFD_FC_1_12), 0);
	EXPECT(uffd_fc_receive(l.receiver), -ENOTTY);
	EXPECT(uffd_fc_has_fd(l.receiver), 1);
	line_free(&l);
	close(file);
	close(uffd);
}

TEST_MAIN(descriptor_is_told_before_the_end)
