/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what check.h says. Must never: go through the guest: this is the host's own view. */
#include "check.h"

#include "guard.h"
#include "player.h"

struct frame_check {
	const uint64_t *words;
	struct expected expected;
	unsigned int index; /* of the first word that is wrong; FRAME_WORDS: none */
	uint64_t word;
};

static void check_words(void *argument)
{
	struct frame_check *check = argument;
	const volatile uint64_t *words = check->words;
	unsigned int i;

	for (i = 0; i < FRAME_WORDS; i++) {
		uint64_t base = is_own_word(i) ? check->expected.own : check->expected.rest;

		check->word = words[i];
		if (check->word != content_word(base, i))
			break;
	}
	check->index = i;
}

uint64_t check_all(struct vmm *vmm)
{
	uint64_t lost = 0;

	for (uint64_t frame = 0; frame < vmm->memory.frames; frame++) {
		uint32_t state = ledger_state(&vmm->ledger, frame);
		struct frame_check check = {
			.words = memory_frame(&vmm->memory, frame),
			.expected = ledger_expected(frame, state),
		};
		bool there;

		watch_begin(vmm->watch, ACTOR_CHECKER(vmm), "page", frame);
		there = guarded(check_words, &check);
		watch_end(vmm->watch, ACTOR_CHECKER(vmm));
		if (!there) {
			player_lost(vmm, frame);
			lost++;
		} else if (check.index < FRAME_WORDS) {
			player_wrong(frame, check.index, check.word);
		}
	}
	return lost;
}
