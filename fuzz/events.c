/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the fuzz target of events and of the states of pages.
 * Must never: need a userfaultfd, or know how the library does what it does.
 *
 * An input is a byte that says what context it is, and then what the program and its handler do:
 * threads touch memory, throw it away, unmap it, move it, fork; the handler reads, fills, gives up,
 * and is killed at any step of what it does, to be followed by another. See events.h.
 */
#include "events.h"

#include <errno.h>
#include <setjmp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uffd/context.h>
#include <uffd/loop.h>

#include "loop/loop.h"
#include "memory/change.h"
#include "memory/region.h"
#include "memory/statefile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_STEPS  256u
#define MOST_ROUNDS 64u

static struct {
	const uint8_t *at, *end;
	unsigned int steps;
	unsigned int kill_in; /* so many calls from here on; 0: not */
	bool over;
	jmp_buf killed;
} world;

uint8_t take(void)
{
	return world.at < world.end ? *world.at++ : 0;
}

void may_be_killed(void)
{
	if (world.kill_in && --world.kill_in == 0)
		longjmp(world.killed, 1);
}

/* It dies when it has applied some of it; or all, and forgotten some. */
void may_be_killed_applying(const struct uffd_msg *messages, unsigned int count)
{
	unsigned int applied;

	if (!world.kill_in || --world.kill_in)
		return;
	applied = take() % (count + 1);
	for (unsigned int i = 0; i < count && i <= applied; i++) {
		uint64_t start = messages[i].arg.remove.start, end = messages[i].arg.remove.end;

		if (i == applied && end > start)
			end = start + (end - start) / CELL / 2 * CELL;
		if (messages[i].event == UFFD_EVENT_REMOVE)
			change_removed(handler.ctx, start, end);
	}
	if (applied == count)
		statefile_wipe_journal(handler.ctx->state, take() % (count + 1));
	longjmp(world.killed, 1);
}

static void must_be_right(bool all)
{
	model_must_match(handler.ctx, all);
	kernel_must_be_sane(handler.loop);
}

static void turn(void)
{
	MUST(uffd_loop_dispatch(handler.loop, 0) >= 0);
}

static void step(void)
{
	switch (take() % 16) {
	case 0:
	case 1:
	case 2:
		program_touch();
		break;
	case 3:
	case 4:
	case 5:
		turn();
		break;
	case 6:
	case 7:
		program_change();
		break;
	case 8:
	case 9:
		handler_complete();
		break;
	case 10:
		handler_ask();
		break;
	case 11:
		handler_discard();
		break;
	case 12:
		kernel_step();
		break;
	case 13:
		handler_add();
		break;
	case 14:
		handler_end();
		break;
	case 15:
		if (handler.keeps_state)
			world.kill_in = 1 + take() % 16u;
		else
			program_say();
		break;
	}
}

static bool complete_all(void)
{
	bool any = false;

	for (struct model *m = models; m < models + REGIONS; m++) {
		for (uint64_t i = 0; i < m->pages; i++) {
			if (!m->page[i].held)
				continue;
			handler_fill(m, i, i + 1, 0);
			any = true;
		}
	}
	return any;
}

/* Everything comes to its end, and soon. */
static void settle(void)
{
	unsigned int rounds = 0;

	do {
		MUST(rounds++ < MOST_ROUNDS);
		turn();
		while (kernel_step())
			;
		must_be_right(true);
	} while (complete_all() || kernel_has_sleepers() || kernel_is_changing());
}

static void end_world(void)
{
	bool refused = false;

	world.at = world.end;
	world.kill_in = 0;
	settle();
	/* Whoever reads any page of it now gets what he must. */
	for (uint64_t at = ARENA; at < ARENA_END; at += CELL)
		kernel_touch(at);
	settle();
	MUST(uffd_loop_close(handler.loop) == 0);
	for (struct model *m = models; m < models + REGIONS; m++)
		refused |= handler_has(m, false);
	if (refused)
		MUST(uffd_ctx_close(handler.ctx, LIBUFFD_CLOSE_REFUSE) == -EBUSY);
	MUST(uffd_ctx_close(handler.ctx, LIBUFFD_CLOSE_DROP) == 0);
	for (struct model *m = models; m < models + REGIONS; m++)
		kernel_must_have_let_go(m);
}

static void live(void)
{
	if (!handler.ctx)
		handler_open();
	while (world.at < world.end && world.steps++ < MOST_STEPS) {
		step();
		must_be_right(false);
	}
	end_world();
	world.over = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int state_fd = -1;

	if (state_fd < 0)
		state_fd = memfd_create("state", MFD_CLOEXEC);
	MUST(state_fd >= 0 && ftruncate(state_fd, 0) == 0);
	world.at = data;
	world.end = data + size;
	world.over = false;
	world.steps = world.kill_in = 0;
	/* Fewer of those: a state file takes longer to be looked at than anything else. */
	handler = (struct handler){.keeps_state = take() % 4 == 3, .state_fd = state_fd};
	memset(models, 0, sizeof(models));
	kernel_reset();
	while (!world.over) {
		if (setjmp(world.killed) == 0)
			live();
		else
			handler_die();
	}
	return 0;
}
