/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a frame (4 KiB of guest memory, numbered as in the snapshot file) has in it.
 * Must never: make two words alike, unless both are zero: from any word that is found somewhere it
 * can be told whose it is.
 *
 * A word names its frame, the generation that wrote it (0: the snapshot) and its place in the
 * frame. Some frames of a snapshot are zeros, and some are not even written to the file: holes.
 */
#ifndef SERVE_VMM_CONTENT_H
#define SERVE_VMM_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_SHIFT 12
#define FRAME_SIZE  (UINT64_C(1) << FRAME_SHIFT)
#define FRAME_WORDS 512

/*
 * A guest looks at 16 words of a frame. Of these 8 are its own: it writes to them, and to no other,
 * so that a frame that was thrown away and then written to shows zeros around what was written.
 * guest.S goes from one to the next by these distances.
 */
#define OWN_FIRST       5
#define OWN_TO_REST     35
#define REST_TO_OWN     29
#define GENERATIONS_MAX ((UINT32_C(1) << 20) - 1)

static inline bool is_own_word(unsigned int index)
{
	return index % (OWN_TO_REST + REST_TO_OWN) == OWN_FIRST;
}

/* Word 0 of a frame; that of another place has its index added. */
uint64_t content_base(uint64_t frame, uint32_t generation);
/* The same of the snapshot: 0 where the frame is zeros. */
uint64_t content_snapshot_base(uint64_t frame);
/* Whether the frame is a hole of the snapshot file; it is zeros then. */
bool content_is_hole(uint64_t frame);

static inline uint64_t content_word(uint64_t base, unsigned int index)
{
	return base ? base + index : 0;
}

/* What a word that should not be there is, in words: "has page 18's content". */
void content_describe(uint64_t word, char *text, size_t size);

#endif
