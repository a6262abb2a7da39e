/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The checksum is CRC32C: the values that RFC 3720 (B.4) gives, and the usual check value. */
#include "test.h"

#include "util/crc32c.h"

static void expect(const void *data, size_t length, uint32_t sum)
{
	ck_assert_uint_eq(crc32c(0, data, length), sum);
	ck_assert_uint_eq(crc32c_table(0, data, length), sum);
}

static void known_values(void)
{
	static const uint8_t read_command[48] = {
		0x01, 0xc0, 0, 0, 0, 0, 0,    0, 0,    0, 0, 0,    0, 0, 0, 0,
		0x14, 0,    0, 0, 0, 0, 0x04, 0, 0,    0, 0, 0x14, 0, 0, 0, 0x18,
		0x28, 0,    0, 0, 0, 0, 0,    0, 0x02, 0, 0, 0,    0, 0, 0, 0};
	uint8_t data[32];

	expect(NULL, 0, 0);
	expect("123456789", 9, 0xe3069283);
	memset(data, 0, sizeof(data));
	expect(data, sizeof(data), 0x8a9136aa);
	memset(data, 0xff, sizeof(data));
	expect(data, sizeof(data), 0x62a8ab43);
	for (uint8_t i = 0; i < 32; i++)
		data[i] = i;
	expect(data, sizeof(data), 0x46dd794e);
	for (uint8_t i = 0; i < 32; i++)
		data[i] = 31 - i;
	expect(data, sizeof(data), 0x113fdb5c);
	expect(read_command, sizeof(read_command), 0xd9963a56);
}
TEST_MAIN(known_values)
