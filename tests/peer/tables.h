/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Tables that cannot be served, and what is said of each. */
#ifndef TABLES_H
#define TABLES_H

#include "wire.h"

#define KIB UINT64_C(1024)
#define MIB (KIB << 10)
#define GIB (KIB << 20)
#define END UINT64_MAX

struct table_case {
	const char *what;
	struct uffd_peer_region regions[3];
	uint32_t count;
	int error;
	uint32_t which;
};

/* Address, length, offset, page size. */
static const struct table_case table_cases[] = {
	{"a page", {{4096, 4096, 0, 4096}}, 1, 0, 0},
	{"a page at address 0", {{0, 4096, 0, 4096}}, 1, 0, 0},
	{"the largest page", {{GIB, GIB, 0, GIB}}, 1, 0, 0},
	{"an offset of less than its page", {{2 * MIB, 2 * MIB, 4096, 2 * MIB}}, 1, 0, 0},
	{"one beside the other", {{4096, 4096, 0, 4096}, {8192, 4096, 0, 4096}}, 2, 0, 0},
	{"not in order", {{8192, 4096, 0, 4096}, {4096, 4096, 0, 4096}}, 2, 0, 0},
	{"content in common", {{4096, 4096, 0, 4096}, {16384, 4096, 0, 4096}}, 2, 0, 0},
	{"the last page but one", {{END - 8191, 4096, 0, 4096}}, 1, 0, 0},
	{"the last content", {{4096, 4096, END - 8191, 4096}}, 1, 0, 0},

	{"a page size of 0", {{4096, 4096, 0, 0}}, 1, -EINVAL, 0},
	{"a page size of 1", {{4096, 4096, 0, 1}}, 1, -EINVAL, 0},
	{"a page size of 2048", {{4096, 4096, 0, 2048}}, 1, -EINVAL, 0},
	{"a page size of 4097", {{4096, 4096, 0, 4097}}, 1, -EINVAL, 0},
	{"a page size of 12288", {{12288, 12288, 0, 12288}}, 1, -EINVAL, 0},
	{"a page size of 2 GiB", {{2 * GIB, 2 * GIB, 0, 2 * GIB}}, 1, -EINVAL, 0},
	{"a page size of all bits", {{0, 4096, 0, END}}, 1, -EINVAL, 0},
	{"a page size of the highest bit", {{0, 4096, 0, END / 2 + 1}}, 1, -EINVAL, 0},
	{"no length", {{4096, 0, 0, 4096}}, 1, -EINVAL, 0},
	{"an odd length", {{4096, 4097, 0, 4096}}, 1, -EINVAL, 0},
	{"half a huge page", {{2 * MIB, MIB, 0, 2 * MIB}}, 1, -EINVAL, 0},
	{"an odd address", {{4097, 4096, 0, 4096}}, 1, -EINVAL, 0},
	{"a huge page at half of one", {{MIB, 2 * MIB, 0, 2 * MIB}}, 1, -EINVAL, 0},
	{"an odd offset", {{4096, 4096, 1, 4096}}, 1, -EINVAL, 0},
	{"an offset of half a page", {{4096, 4096, 2048, 4096}}, 1, -EINVAL, 0},
	{"the second is wrong", {{4096, 4096, 0, 4096}, {8192, 0, 0, 4096}}, 2, -EINVAL, 1},
	{"the first of two is told",
	 {{4096, 4096, 0, 4096}, {8192, 0, 0, 4096}, {1, 1, 1, 1}},
	 3,
	 -EINVAL,
	 1},

	{"a range to the very end", {{END - 4095, 4096, 0, 4096}}, 1, -EOVERFLOW, 0},
	{"a range that wraps", {{END - 4095, 8192, 0, 4096}}, 1, -EOVERFLOW, 0},
	{"a length that wraps to itself", {{4096, END - 4095, 0, 4096}}, 1, -EOVERFLOW, 0},
	{"content to the very end", {{4096, 4096, END - 4095, 4096}}, 1, -EOVERFLOW, 0},
	{"content that wraps", {{4096, 8192, END - 4095, 4096}}, 1, -EOVERFLOW, 0},

	{"twice the same", {{4096, 4096, 0, 4096}, {4096, 4096, 0, 4096}}, 2, -EEXIST, 1},
	{"the last page in common", {{4096, 8192, 0, 4096}, {8192, 4096, 0, 4096}}, 2, -EEXIST, 1},
	{"the first page in common", {{8192, 8192, 0, 4096}, {4096, 8192, 0, 4096}}, 2, -EEXIST, 1},
	{"one within the other", {{0, 8 * MIB, 0, 4096}, {MIB, 4096, 0, 4096}}, 2, -EEXIST, 1},
	{"one around the other", {{MIB, 4096, 0, 4096}, {0, 8 * MIB, 0, 4096}}, 2, -EEXIST, 1},
	{"one around two",
	 {{MIB, 4096, 0, 4096}, {3 * MIB, 4096, 0, 4096}, {0, 8 * MIB, 0, 4096}},
	 3,
	 -EEXIST,
	 2},
	{"the first and the third",
	 {{MIB, MIB, 0, 4096}, {8 * MIB, MIB, 0, 4096}, {MIB + 4096, MIB, 0, 4096}},
	 3,
	 -EEXIST,
	 2},
	{"a wrong one before an overlap",
	 {{4096, 4096, 0, 4096}, {4096, 4096, 0, 4096}, {8192, 0, 0, 4096}},
	 3,
	 -EINVAL,
	 2},
};
#define TABLE_CASES (sizeof(table_cases) / sizeof(table_cases[0]))

#endif
