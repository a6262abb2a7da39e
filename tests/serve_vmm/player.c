/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what player.h says. Must never: wait for a page unwatched. */
#include "player.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "random.h"
#include "say.h"

void player_wrong(uint64_t frame, uint64_t index, uint64_t word)
{
	char what[128];

	content_describe(word, what, sizeof(what));
	end_saying(EXIT_WRONG, "WRONG page %" PRIu64 ": %s (word %" PRIu64 ")", frame, what, index);
}

void player_lost(struct vmm *vmm, uint64_t frame)
{
	if (frame < vmm->options.lost_from)
		end_saying(EXIT_WRONG, "LOST page %" PRIu64, frame);
	atomic_fetch_add(&vmm->lost, 1);
}

static void access_frame(struct vmm *vmm, unsigned int player, const struct access *access,
			 struct finding *finding)
{
	*finding = (struct finding){0};
	watch_begin(vmm->watch, player, "page", access->frame);
	vmm->guest.ops->access(&vmm->guest, player, access, finding);
	watch_end(vmm->watch, player);
	gate_count(&vmm->gate);
}

/* Looks at a frame that may be thrown away meanwhile. */
static void read_frame(struct vmm *vmm, unsigned int player, uint64_t frame)
{
	uint32_t before = ledger_state(&vmm->ledger, frame);
	struct access access = {
		.frame = frame,
		.expected = ledger_expected(frame, before),
	};
	struct finding finding;
	bool may_be_zero;

	access_frame(vmm, player, &access, &finding);
	may_be_zero = before & LEDGER_ZEROING || ledger_state(&vmm->ledger, frame) != before;
	if (finding.lost)
		player_lost(vmm, frame);
	else if (finding.wrong || (finding.zeros && !may_be_zero))
		player_wrong(frame, finding.index, finding.word);
}

/* As the only one who uses the unit. */
static void write_frame(struct vmm *vmm, unsigned int player, uint64_t frame)
{
	uint32_t generation = atomic_fetch_add(&vmm->generation, 1) + 1;
	uint32_t state = ledger_state(&vmm->ledger, frame);
	struct access access = {.frame = frame, .write = true};
	struct finding finding;

	generation = (generation - 1) % GENERATIONS_MAX + 1;
	access.expected.rest = ledger_expected(frame, state).rest;
	access.expected.own = content_base(frame, generation);
	access_frame(vmm, player, &access, &finding);
	if (finding.lost) {
		player_lost(vmm, frame);
		return;
	}
	if (finding.wrong || finding.zeros)
		player_wrong(frame, finding.index, finding.word);
	ledger_set_generation(&vmm->ledger, frame, generation);
}

static void touch(struct vmm *vmm, unsigned int player, uint64_t frame, uint64_t *random)
{
	uint64_t unit = memory_unit_of(&vmm->memory, frame), choice = random_below(random, 4);

	gate_enter(&vmm->gate);
	if (choice < 2 && ledger_try_write(&vmm->ledger, unit)) {
		/* A write is the first fault of a page, or follows one that read. */
		if (choice == 1)
			read_frame(vmm, player, frame);
		write_frame(vmm, player, frame);
		ledger_written(&vmm->ledger, unit);
	} else {
		ledger_use(&vmm->ledger, unit);
		read_frame(vmm, player, frame);
		ledger_unuse(&vmm->ledger, unit);
	}
	gate_leave(&vmm->gate);
}

static void play_round(struct vmm *vmm, unsigned int player, uint64_t *random)
{
	uint64_t frames = vmm->memory.unit >> FRAME_SHIFT, unit;

	while (!rounds_all_taken(&vmm->rounds)) {
		bool taken = rounds_take(&vmm->rounds, &unit);

		if (taken)
			touch(vmm, player, unit * frames + random_below(random, frames), random);
		if (!taken || random_below(random, 2))
			touch(vmm, player, random_below(random, vmm->memory.frames), random);
	}
}

void player_run(struct vmm *vmm, unsigned int player)
{
	uint64_t random = vmm->options.seed + player;

	do
		play_round(vmm, player, &random);
	while (rounds_next(&vmm->rounds));
}
