/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The sum of what follows, begun with the sum of what was before, is the sum of both. */
#include "random.h"
#include "test.h"

#include "util/crc32c.h"

#define BYTES 40000

static void goes_on(void)
{
	static uint8_t data[BYTES];
	uint64_t seed = 23;
	uint32_t whole;

	for (size_t i = 0; i < BYTES; i++)
		data[i] = (uint8_t)(random_next(&seed) >> 32);
	whole = crc32c(0, data, BYTES);
	for (size_t cut = 0; cut <= BYTES; cut += cut < 100 ? 1 : 499) {
		ck_assert_uint_eq(crc32c(crc32c(0, data, cut), data + cut, BYTES - cut), whole);
		ck_assert_uint_eq(crc32c_table(crc32c(0, data, cut), data + cut, BYTES - cut),
				  whole);
	}
	/* In many pieces. */
	for (unsigned int i = 0; i < 20; i++) {
		uint32_t sum = 0;

		for (size_t at = 0, n; at < BYTES; at += n) {
			n = random_below(&seed, 20000);
			n = n < BYTES - at ? n : BYTES - at;
			sum = crc32c(sum, data + at, n);
		}
		ck_assert_uint_eq(sum, whole);
	}
}
TEST_MAIN(goes_on)
