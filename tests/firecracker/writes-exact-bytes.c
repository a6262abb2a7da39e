/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What is written is what Firecracker of that version writes, if there is room for all of it. */
#include "firecracker.h"

static void expect_written(const char *wanted, const struct uffd_peer_region *regions,
			   uint32_t count, uint32_t version)
{
	size_t length = strlen(wanted);

	/* Each of its own size, for a sanitizer to see who writes behind it. */
	for (size_t size = 0; size <= length + 1; size++) {
		char *text = malloc(size ? size : 1);

		EXPECT(uffd_fc_format(text, size, regions, count, version),
		       size <= length ? -ENOBUFS : (int64_t)length);
		if (size > length)
			ck_assert_str_eq(text, wanted);
		free(text);
	}
}

static void writes_exact_bytes(void)
{
	const struct uffd_peer_region huge = {1 << 30, 2 * MIB, 4096, 2 * MIB};
	char text[512];

	for (uint32_t v = LIBUFFD_FC_1_1; v <= LIBUFFD_FC_1_12; v++)
		expect_written(wire[v], wire_regions, 2, v);
	expect_written("[" OBJECT("\"offset\":4096,\"page_size_kib\":2097152") "]", &huge, 1,
		       LIBUFFD_FC_1_7);
	/* It cannot say that. */
	EXPECT(uffd_fc_format(text, sizeof(text), &huge, 1, LIBUFFD_FC_1_1), -EINVAL);
}

TEST_MAIN(writes_exact_bytes)
