/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what content.h says. Must never: know where memory is. */
#include "content.h"

#include <inttypes.h>
#include <stdio.h>

/* mark (4 bits), frame (28), generation (20), and index in the lowest 12. */
#define MARK          UINT64_C(0xa)
#define FRAME_AT      32
#define FRAME_MASK    UINT64_C(0xfffffff)
#define GENERATION_AT 12
#define RUN_OF_HOLES  16 /* frames */

uint64_t content_base(uint64_t frame, uint32_t generation)
{
	return MARK << 60 | frame << FRAME_AT | (uint64_t)generation << GENERATION_AT;
}

static uint32_t scramble(uint64_t frame)
{
	uint32_t x = (uint32_t)frame * UINT32_C(0x9e3779b1);

	return x ^ x >> 15;
}

bool content_is_hole(uint64_t frame)
{
	return scramble(frame / RUN_OF_HOLES + 1) % 8 == 0;
}

uint64_t content_snapshot_base(uint64_t frame)
{
	if (content_is_hole(frame) || scramble(frame) % 8 == 0)
		return 0;
	return content_base(frame, 0);
}

void content_describe(uint64_t word, char *text, size_t size)
{
	uint64_t frame = word >> FRAME_AT & FRAME_MASK;
	uint32_t generation = (uint32_t)(word >> GENERATION_AT) & GENERATIONS_MAX;

	if (!word)
		snprintf(text, size, "is zero");
	else if (word >> 60 != MARK || (word & 0xfff) >= FRAME_WORDS)
		snprintf(text, size, "has what nobody has written, 0x%016" PRIx64, word);
	else if (generation)
		snprintf(text, size, "has what was written to page %" PRIu64 " as number %" PRIu32,
			 frame, generation);
	else
		snprintf(text, size, "has page %" PRIu64 "'s content", frame);
}
