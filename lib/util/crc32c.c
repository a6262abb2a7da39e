/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See crc32c.h. Bits are reflected: the lowest is the highest power of x. */
#include "util/crc32c.h"

#define POLYNOMIAL 0x82f63b78u

/*
 * tables[k][b] is what byte b does to the sum k bytes later. That is linear in the bits of b, so
 * that each table follows from eight of its values, those of the bytes with one bit, from the
 * highest on. All together they are one sequence: the polynomial, multiplied by x again and again.
 */
#define ENTRY(i, b7, b6, b5, b4, b3, b2, b1, b0)                                                   \
	((((i)&0x80) ? (b7) : 0u) ^ (((i)&0x40) ? (b6) : 0u) ^ (((i)&0x20) ? (b5) : 0u) ^          \
	 (((i)&0x10) ? (b4) : 0u) ^ (((i)&0x08) ? (b3) : 0u) ^ (((i)&0x04) ? (b2) : 0u) ^          \
	 (((i)&0x02) ? (b1) : 0u) ^ (((i)&0x01) ? (b0) : 0u))
#define ENTRIES_4(i, ...)                                                                          \
	ENTRY(i, __VA_ARGS__), ENTRY((i) + 1, __VA_ARGS__), ENTRY((i) + 2, __VA_ARGS__),           \
		ENTRY((i) + 3, __VA_ARGS__)
#define ENTRIES_16(i, ...)                                                                         \
	ENTRIES_4(i, __VA_ARGS__), ENTRIES_4((i) + 4, __VA_ARGS__),                                \
		ENTRIES_4((i) + 8, __VA_ARGS__), ENTRIES_4((i) + 12, __VA_ARGS__)
#define ENTRIES_64(i, ...)                                                                         \
	ENTRIES_16(i, __VA_ARGS__), ENTRIES_16((i) + 16, __VA_ARGS__),                             \
		ENTRIES_16((i) + 32, __VA_ARGS__), ENTRIES_16((i) + 48, __VA_ARGS__)
#define TABLE(...)                                                                                 \
	{                                                                                          \
		ENTRIES_64(0, __VA_ARGS__), ENTRIES_64(64, __VA_ARGS__),                           \
			ENTRIES_64(128, __VA_ARGS__), ENTRIES_64(192, __VA_ARGS__)                 \
	}

static const uint32_t tables[8][256] = {
	TABLE(POLYNOMIAL, 0x417b1dbc, 0x20bd8ede, 0x105ec76f, 0x8ad958cf, 0xc79a971f, 0xe13b70f7,
	      0xf26b8303),
	TABLE(0xfbc3faf9, 0xff17c604, 0x7f8be302, 0x3fc5f181, 0x9d14c3b8, 0x4e8a61dc, 0x274530ee,
	      0x13a29877),
	TABLE(0x8b277743, 0xc76580d9, 0xe144fb14, 0x70a27d8a, 0x38513ec5, 0x9edea41a, 0x4f6f520d,
	      0xa541927e),
	TABLE(0x52a0c93f, 0xaba65fe7, 0xd725148b, 0xe964b13d, 0xf64463e6, 0x7b2231f3, 0xbf672381,
	      0xdd45aab8),
	TABLE(0x6ea2d55c, 0x37516aae, 0x1ba8b557, 0x8f2261d3, 0xc5670b91, 0xe045beb0, 0x7022df58,
	      0x38116fac),
	TABLE(0x1c08b7d6, 0x0e045beb, 0x85f4168d, 0xc00c303e, 0x6006181f, 0xb2f53777, 0xdb8ca0c3,
	      0xef306b19),
	TABLE(0xf56e0ef4, 0x7ab7077a, 0x3d5b83bd, 0x9c5bfaa6, 0x4e2dfd53, 0xa5e0c5d1, 0xd0065990,
	      0x68032cc8),
	TABLE(0x34019664, 0x1a00cb32, 0x0d006599, 0x847609b4, 0x423b04da, 0x211d826d, 0x9278fa4e,
	      0x493c7d27),
};

static uint32_t load32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint32_t crc32c_table(uint32_t seed, const void *data, size_t length)
{
	const uint8_t *at = data;
	uint32_t sum = ~seed;

	for (; length >= 8; length -= 8, at += 8) {
		uint32_t low = load32(at) ^ sum, high = load32(at + 4);

		sum = tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^
		      tables[5][low >> 16 & 0xff] ^ tables[4][low >> 24] ^ tables[3][high & 0xff] ^
		      tables[2][high >> 8 & 0xff] ^ tables[1][high >> 16 & 0xff] ^
		      tables[0][high >> 24];
	}
	for (; length; length--)
		sum = sum >> 8 ^ tables[0][(sum ^ *at++) & 0xff];
	return ~sum;
}

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <string.h>

/*
 * The instruction answers after three cycles and may be begun in each of them: so three sums at
 * once, of three lanes that follow each other. The sum of all is that of the first, moved over the
 * two others, and that of the second, moved over the third. To move is to multiply by a power of
 * x.
 */
#define LANE     5456u       /* four times three of them are nearly 64 KiB */
#define OVER_ONE 0x6b3085d6u /* x^(8 * LANE) */
#define OVER_TWO 0xf6df4ba3u /* x^(16 * LANE) */

static uint32_t move_over_lanes(uint32_t first, uint32_t second)
{
	uint32_t sum = 0;

	for (uint32_t bit = UINT32_C(1) << 31; bit; bit >>= 1) {
		sum ^= OVER_TWO & bit ? first : 0;
		sum ^= OVER_ONE & bit ? second : 0;
		first = first >> 1 ^ (first & 1 ? POLYNOMIAL : 0);
		second = second >> 1 ^ (second & 1 ? POLYNOMIAL : 0);
	}
	return sum;
}

static uint64_t load64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

__attribute__((target("sse4.2"))) static uint32_t with_instruction(uint32_t seed, const uint8_t *at,
								   size_t length)
{
	uint64_t sum = ~seed;

	for (; length >= 3 * LANE; length -= 3 * LANE, at += 3 * LANE) {
		uint64_t second = 0, third = 0;

		for (size_t i = 0; i < LANE; i += 8) {
			sum = _mm_crc32_u64(sum, load64(at + i));
			second = _mm_crc32_u64(second, load64(at + LANE + i));
			third = _mm_crc32_u64(third, load64(at + 2 * LANE + i));
		}
		sum = move_over_lanes((uint32_t)sum, (uint32_t)second) ^ third;
	}
	for (; length >= 8; length -= 8, at += 8)
		sum = _mm_crc32_u64(sum, load64(at));
	for (; length; length--)
		sum = _mm_crc32_u8((uint32_t)sum, *at++);
	return ~(uint32_t)sum;
}

uint32_t crc32c(uint32_t seed, const void *data, size_t length)
{
	return __builtin_cpu_supports("sse4.2") ? with_instruction(seed, data, length)
						: crc32c_table(seed, data, length);
}
#else
uint32_t crc32c(uint32_t seed, const void *data, size_t length)
{
	return crc32c_table(seed, data, length);
}
#endif
