/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The CPU's instruction, the tables and the definition, bit by bit, say the same of any bytes. */
#include "random.h"
#include "test.h"

#include "util/crc32c.h"

#define LONGEST 200000

static uint32_t definition(uint32_t seed, const uint8_t *data, size_t length)
{
	uint32_t sum = ~seed;

	for (size_t i = 0; i < length; i++) {
		sum ^= data[i];
		for (unsigned int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? 0x82f63b78u : 0);
	}
	return ~sum;
}

static void agree_on(uint32_t seed, const uint8_t *data, size_t length)
{
	uint32_t sum = definition(seed, data, length);

	ck_assert_msg(crc32c_table(seed, data, length) == sum, "table, %zu bytes", length);
	ck_assert_msg(crc32c(seed, data, length) == sum, "instruction, %zu bytes", length);
}

static void agree(void)
{
	static uint8_t data[LONGEST + 8];
	uint64_t seed = 17;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(random_next(&seed) >> 32);
	for (size_t start = 0; start < 8; start++) {
		for (size_t length = 0; length < 130; length++)
			agree_on((uint32_t)random_next(&seed), data + start, length);
	}
	/* Around the lengths from which on it may be done in lanes. */
	for (size_t length = 16368 - 9; length < 16368 + 10; length++)
		agree_on((uint32_t)random_next(&seed), data + length % 8, length);
	agree_on(0, data, 65536);
	for (unsigned int i = 0; i < REPEAT(50); i++)
		agree_on((uint32_t)random_next(&seed), data + i % 8, random_below(&seed, LONGEST));
	/* All bytes, one at a time and eight at a time: every entry of the tables. */
	for (unsigned int byte = 0; byte < 256; byte++) {
		for (unsigned int place = 0; place < 8; place++) {
			uint8_t word[8] = {0};

			word[place] = (uint8_t)byte;
			agree_on(UINT32_MAX, word, 8);
			agree_on(UINT32_MAX, word, place + 1);
		}
	}
}
TEST_MAIN(agree)
