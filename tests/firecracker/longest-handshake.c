/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* 64 KiB are a handshake, if it is complete by then; with one byte more it is none. */
#include "firecracker.h"

static char text[LIBUFFD_FC_MAX + 1];

static int parse(size_t length)
{
	struct uffd_peer_region r;
	uint32_t count = 1;

	return uffd_fc_parse(text, length, CONTENT, &r, &count, NULL);
}

static void put_end_at(size_t end)
{
	memset(text, ' ', sizeof(text));
	memcpy(text + end - strlen("[" REGION "]"), "[" REGION "]", strlen("[" REGION "]"));
}

static void longest_handshake(void)
{
	memset(text, ' ', sizeof(text));
	EXPECT(parse(LIBUFFD_FC_MAX), -EAGAIN);
	EXPECT(parse(LIBUFFD_FC_MAX + 1), -E2BIG);
	put_end_at(1000);
	EXPECT(parse(LIBUFFD_FC_MAX), 0);
	EXPECT(parse(LIBUFFD_FC_MAX + 1), -E2BIG);
	put_end_at(LIBUFFD_FC_MAX);
	EXPECT(parse(LIBUFFD_FC_MAX), 0);
	EXPECT(parse(LIBUFFD_FC_MAX + 1), -E2BIG);
	put_end_at(LIBUFFD_FC_MAX + 1);
	EXPECT(parse(LIBUFFD_FC_MAX), -EAGAIN);
	EXPECT(parse(LIBUFFD_FC_MAX + 1), -E2BIG);
	/* What is wrong before is found before, what is wrong behind is not looked at. */
	text[LIBUFFD_FC_MAX] = 'x';
	EXPECT(parse(LIBUFFD_FC_MAX + 1), -E2BIG);
	text[5] = 'x';
	EXPECT(parse(LIBUFFD_FC_MAX + 1), -EBADMSG);
}

TEST_MAIN(longest_handshake)
