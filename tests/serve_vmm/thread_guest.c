/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: a guest that threads play: guest.S in C. Must never: keep anything between two accesses. */
#include "guest.h"

#include "guard.h"

struct look {
	uint64_t *words;
	const struct access *access;
	struct finding *finding;
};

static void write_own(volatile uint64_t *words, uint64_t base)
{
	for (unsigned int i = OWN_FIRST; i < FRAME_WORDS; i += OWN_TO_REST + REST_TO_OWN)
		words[i] = content_word(base, i);
}

static void look(void *argument)
{
	struct look *look = argument;
	volatile uint64_t *words = look->words;
	const struct expected *expected = &look->access->expected;
	struct finding *finding = look->finding;
	bool own = true;

	if (look->access->write)
		write_own(words, expected->own);
	for (unsigned int i = OWN_FIRST; i < FRAME_WORDS; i += own ? REST_TO_OWN : OWN_TO_REST) {
		uint64_t word = words[i];

		if (word != content_word(own ? expected->own : expected->rest, i)) {
			finding->index = i;
			finding->word = word;
			finding->wrong = word;
			if (word)
				return;
			finding->zeros++;
		}
		own = !own;
	}
}

static void thread_access(struct guest *guest, unsigned int player, const struct access *access,
			  struct finding *finding)
{
	struct look arguments = {memory_frame(guest->memory, access->frame), access, finding};

	(void)player;
	finding->lost = !guarded(look, &arguments);
}

static int thread_open(struct guest *guest, const struct memory *memory, unsigned int players)
{
	(void)players;
	guest->memory = memory;
	return 0;
}

static void thread_close(struct guest *guest)
{
	guest->memory = NULL;
}

const struct guest_ops thread_ops = {
	.open = thread_open,
	.access = thread_access,
	.close = thread_close,
};
