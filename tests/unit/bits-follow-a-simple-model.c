/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Arrays of bits against an array of bytes, one a bit: every range within a few words, and random
 * ones of larger arrays; what lies outside a range is never touched.
 */
#include "random.h"
#include "test.h"

#include "util/bits.h"

#define SMALL 200u
#define LARGE 5000u
#define WORDS (LARGE / 64 + 2)

static uint64_t bits[WORDS], other[WORDS];
static uint8_t model[WORDS * 64], other_model[WORDS * 64];

static void fill(uint64_t *seed)
{
	for (size_t i = 0; i < WORDS; i++) {
		/* Words of one kind are passed over as a whole. */
		uint64_t how = random_below(seed, 4);

		bits[i] = how == 0 ? 0 : how == 1 ? UINT64_MAX : random_next(seed);
		other[i] = random_below(seed, 2) ? 0 : random_next(seed) & random_next(seed);
	}
	for (size_t i = 0; i < sizeof(model); i++) {
		model[i] = bits[i / 64] >> i % 64 & 1;
		other_model[i] = other[i / 64] >> i % 64 & 1;
	}
}

static void expect_alike(const char *what, uint64_t first, uint64_t end)
{
	size_t i = 0;

	while (i < sizeof(model) && bits_get(bits, i) == model[i] &&
	       bits_get(other, i) == other_model[i])
		i++;
	ck_assert_msg(i == sizeof(model), "%s [%llu, %llu): bit %zu", what,
		      (unsigned long long)first, (unsigned long long)end, i);
}

static uint64_t model_find(uint64_t from, uint64_t end, bool value)
{
	while (from < end && model[from] != value)
		from++;
	return from;
}

static uint64_t model_count(const uint8_t *of, uint64_t first, uint64_t end)
{
	uint64_t n = 0;

	while (first < end)
		n += of[first++];
	return n;
}

static void looks(uint64_t first, uint64_t end)
{
	bool right = bits_find(bits, first, end, true) == model_find(first, end, true) &&
		     bits_find(bits, first, end, false) == model_find(first, end, false) &&
		     bits_count(bits, first, end) == model_count(model, first, end);

	if (!right)
		ck_abort_msg("a look at [%llu, %llu)", (unsigned long long)first,
			     (unsigned long long)end);
}

static void changes(uint64_t first, uint64_t end, uint64_t how)
{
	switch (how) {
	case 0:
		bits_set(bits, first, end);
		memset(model + first, 1, end > first ? end - first : 0);
		break;
	case 1:
		bits_clear(bits, first, end);
		memset(model + first, 0, end > first ? end - first : 0);
		break;
	default:
		ck_assert_uint_eq(bits_add(bits, other, first, end),
				  model_count(other_model, first, end));
		for (uint64_t i = first; i < end; i++)
			model[i] |= other_model[i];
	}
}

static void bits_follow_a_simple_model(void)
{
	uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);

	for (uint64_t n = 0; n < 130; n++) {
		ck_assert_uint_ge(bits_bytes(n) * 8, n);
		ck_assert_uint_lt(bits_bytes(n) * 8, n + 64);
		ck_assert_uint_eq(bits_bytes(n) % 8, 0);
	}
	/* Every range of some words, the empty ones too. */
	for (uint64_t first = 0; first < SMALL; first++) {
		fill(&seed);
		for (uint64_t end = first; end < SMALL; end++)
			looks(first, end);
		changes(first, first, first % 3);
		expect_alike("empty", first, first);
	}
	for (int i = 0; i < REPEAT(3000); i++) {
		uint64_t first = random_below(&seed, LARGE);
		uint64_t most = random_below(&seed, 2) ? 130 : LARGE;
		uint64_t end = first + random_below(&seed, most);

		end = end < LARGE ? end : LARGE;
		if (i % 16 == 0)
			fill(&seed);
		looks(first, end);
		changes(first, end, random_below(&seed, 3));
		expect_alike("random", first, end);
	}
}

TEST_MAIN(bits_follow_a_simple_model)
