/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The floor of a bucket that does not exist is defined, and not below that of one that does. */
#include "test.h"

#include <limits.h>

#include <uffd/stats.h>

static void floor_of_any_number(void)
{
	static const unsigned int numbers[] = {LIBUFFD_LATENCY_BUCKETS,
					       LIBUFFD_LATENCY_BUCKETS + 1,
					       251,
					       252,
					       260,
					       1000,
					       1u << 31,
					       UINT_MAX};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		ck_assert_uint_ge(uffd_latency_floor(numbers[i]),
				  uffd_latency_floor(LIBUFFD_LATENCY_BUCKETS - 1));
}
TEST_MAIN(floor_of_any_number)
