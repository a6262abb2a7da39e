/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Handshakes of the tests' own, spelled out here and not by the library, and a pair of sockets for
 * them to go over.
 */
#ifndef FIRECRACKER_H
#define FIRECRACKER_H

#include "test.h"

#include <inttypes.h>
#include <sys/socket.h>

#include <uffd/firecracker.h>
#include <uffd/raw.h>

#define MIB     (UINT64_C(1) << 20)
#define CONTENT (UINT64_C(8) << 30)

/* A region of 2 MiB as it is written, and fields to write behind or instead. */
#define OBJECT(fields) "{\"base_host_virt_addr\":1073741824,\"size\":2097152," fields "}"
#define REGION         "{\"base_host_virt_addr\":1073741824,\"size\":2097152,\"offset\":0}"

/* What Firecracker of each version sends of a VM with 4 GiB, which has two regions. */
static const char *const wire[] = {
	[LIBUFFD_FC_1_1] =
		"[{\"base_host_virt_addr\":140463519641600,\"size\":3489660928,\"offset\":0},"
		"{\"base_host_virt_addr\":140462714335232,\"size\":805306368,"
		"\"offset\":3489660928}]",
	[LIBUFFD_FC_1_7] =
		"[{\"base_host_virt_addr\":140463519641600,\"size\":3489660928,\"offset\":0,"
		"\"page_size_kib\":4096},"
		"{\"base_host_virt_addr\":140462714335232,\"size\":805306368,"
		"\"offset\":3489660928,\"page_size_kib\":4096}]",
	[LIBUFFD_FC_1_12] =
		"[{\"base_host_virt_addr\":140463519641600,\"size\":3489660928,\"offset\":0,"
		"\"page_size\":4096,\"page_size_kib\":4096},"
		"{\"base_host_virt_addr\":140462714335232,\"size\":805306368,"
		"\"offset\":3489660928,\"page_size\":4096,\"page_size_kib\":4096}]",
};
static const struct uffd_peer_region wire_regions[2] = {
	{140463519641600, 3489660928, 0, 4096},
	{140462714335232, 805306368, 3489660928, 4096},
};

static inline void expect_regions(const struct uffd_peer_region *got, uint32_t count,
				  const struct uffd_peer_region *wanted, uint32_t wanted_count)
{
	ck_assert_uint_eq(count, wanted_count);
	for (uint32_t i = 0; i < count; i++) {
		ck_assert_uint_eq(got[i].address, wanted[i].address);
		ck_assert_uint_eq(got[i].length, wanted[i].length);
		ck_assert_uint_eq(got[i].offset, wanted[i].offset);
		ck_assert_uint_eq(got[i].page_size, wanted[i].page_size);
	}
}

/* A text that is refused, and a part of the reason; length 0: strlen(). */
struct bad_text {
	const char *text;
	int error;
	const char *reason;
	size_t length;
};

/* A reason is one line of ASCII. */
static inline void expect_plain(const char *reason)
{
	ck_assert_uint_gt(strlen(reason), 0);
	ck_assert_uint_lt(strlen(reason), LIBUFFD_FC_REASON_MAX);
	for (const char *c = reason; *c; c++)
		ck_assert_msg(*c >= ' ' && *c <= '~', "%s", reason);
}

static inline void expect_refused(const struct bad_text *bad)
{
	struct uffd_peer_region regions[LIBUFFD_PEER_REGIONS_MAX];
	char reason[LIBUFFD_FC_REASON_MAX];
	uint32_t count = LIBUFFD_PEER_REGIONS_MAX;
	size_t length = bad->length ? bad->length : strlen(bad->text);
	/* Of its own length, for a sanitizer to see who reads behind it. */
	char *text = malloc(length ? length : 1);
	int ret;

	memcpy(text, bad->text, length);
	ret = uffd_fc_parse(text, length, CONTENT, regions, &count, reason);
	ck_assert_msg(ret == bad->error, "%.200s: %d (%s), expected %d (%s)", bad->text, ret,
		      reason, bad->error, bad->reason);
	expect_plain(reason);
	ck_assert_msg(strstr(reason, bad->reason), "%.200s: \"%s\" does not say \"%s\"", bad->text,
		      reason, bad->reason);
	ck_assert_uint_eq(count, LIBUFFD_PEER_REGIONS_MAX);
	EXPECT(uffd_fc_parse(text, length, CONTENT, regions, &count, NULL), bad->error);
	free(text);
}

#define EXPECT_REFUSED(table)                                                                      \
	for (size_t i_ = 0; i_ < sizeof(table) / sizeof((table)[0]); i_++)                         \
	expect_refused(&(table)[i_])

/* A VMM's end and a handler's. */
struct line {
	int vmm, handler;
	struct uffd_fc_receiver *receiver;
};

static inline struct line line_make(void)
{
	struct line l;
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends),
			 0);
	l.vmm = ends[0];
	l.handler = ends[1];
	EXPECT(uffd_fc_receiver_open(&l.receiver, l.handler, CONTENT), 0);
	return l;
}

static inline void line_free(struct line *l)
{
	uffd_fc_receiver_close(l->receiver);
	close(l->handler);
	if (l->vmm >= 0)
		close(l->vmm);
}

/* A userfaultfd as Firecracker has it. */
static inline int vmm_uffd(void)
{
	return test_uffd(UFFD_FEATURE_EVENT_REMOVE);
}

/* Whether both are the same open file: a flag that is set on the one shows in the other. */
static inline bool same_file(int a, int b)
{
	int before = fcntl(b, F_GETFL);

	ck_assert_int_eq(fcntl(a, F_SETFL, fcntl(a, F_GETFL) ^ O_NONBLOCK), 0);
	return fcntl(b, F_GETFL) != before;
}

#endif
