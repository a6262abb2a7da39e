/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what run.h says. Must never: return while a thread of its own runs. */
#include "run.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "balloon.h"
#include "check.h"
#include "commands.h"
#include "guard.h"
#include "handover.h"
#include "player.h"
#include "say.h"
#include "vmm.h"

struct thread {
	pthread_t id;
	struct vmm *vmm;
	unsigned int player;
	_Atomic bool *stop;
};

static void *play(void *argument)
{
	struct thread *thread = argument;

	player_run(thread->vmm, thread->player);
	return NULL;
}

static void *blow(void *argument)
{
	struct thread *thread = argument;

	if (thread->vmm->options.storm)
		balloon_storm(thread->vmm);
	else
		balloon_run(thread->vmm, thread->stop);
	return NULL;
}

static void start(struct thread *thread, void *(*fn)(void *argument))
{
	int error = pthread_create(&thread->id, NULL, fn, thread);

	if (error)
		end_saying(EXIT_WRONG, "no thread: %s", strerror(error));
}

/* All rounds, and the balloon beside them. */
static void *play_all(void *argument)
{
	struct vmm *vmm = argument;
	_Atomic bool stop = false;
	struct thread players[PLAYERS_MAX], balloon = {.vmm = vmm, .stop = &stop};
	unsigned int count = vmm->options.players;
	bool blows = vmm->options.balloon || vmm->options.storm;

	if (blows)
		start(&balloon, blow);
	for (unsigned int i = 0; i < count; i++) {
		players[i] = (struct thread){.vmm = vmm, .player = i};
		start(&players[i], play);
	}
	for (unsigned int i = 0; i < count; i++)
		pthread_join(players[i].id, NULL);
	atomic_store(&stop, true);
	sem_post(&vmm->gate.pairs);
	if (blows)
		pthread_join(balloon.id, NULL);
	commands_end(vmm);
	return NULL;
}

static int play_and_check(struct vmm *vmm)
{
	pthread_t all;
	uint64_t lost;
	int error = pthread_create(&all, NULL, play_all, vmm);

	if (error)
		return complain("a thread", error);
	commands_obey(vmm);
	pthread_join(all, NULL);
	lost = check_all(vmm);
	if (vmm->options.lost_from != UINT64_MAX)
		say("verified %" PRIu64 " pages, lost %" PRIu64, vmm->memory.frames - lost, lost);
	else
		say("verified %" PRIu64 " pages", vmm->memory.frames);
	say("longest wait %.1f ms", (double)watch_longest_ns(vmm->watch) / 1e6);
	return 0;
}

static int hand_over_and_play(struct vmm *vmm)
{
	struct handover handover;
	int ret = handover_send(&handover, &vmm->memory, &vmm->options);

	if (ret)
		return ret;
	say("ready, seed %" PRIu64, vmm->options.seed);
	ret = play_and_check(vmm);
	handover_close(&handover);
	return ret;
}

/* What the actors share, made one after the other, and freed in the opposite order. */
static int run_with_guest(struct vmm *vmm)
{
	const struct options *o = &vmm->options;
	int ret = ledger_open(&vmm->ledger, &vmm->memory);

	if (ret)
		return ret;
	ret = gate_open(&vmm->gate, o->pause_at);
	if (ret)
		goto no_gate;
	ret = rounds_open(&vmm->rounds, memory_units(&vmm->memory), o->rounds, o->storm, o->players,
			  o->seed);
	if (ret)
		goto no_rounds;
	ret = watch_open(&vmm->watch, ACTORS(vmm), o->patience_ns);
	if (ret)
		goto no_watch;
	ret = hand_over_and_play(vmm);
	watch_close(vmm->watch);
no_watch:
	rounds_close(&vmm->rounds);
no_rounds:
	gate_close(&vmm->gate);
no_gate:
	ledger_close(&vmm->ledger);
	return ret;
}

int run(const struct options *options)
{
	struct vmm vmm = {.options = *options};
	int ret = memory_map(&vmm.memory, options->size, options->unit, options->regions);

	if (ret)
		return ret;
	guard_install();
	vmm.guest.ops = options->threads ? &thread_ops : &vcpu_ops;
	ret = vmm.guest.ops->open(&vmm.guest, &vmm.memory, options->players);
	if (!ret) {
		ret = run_with_guest(&vmm);
		vmm.guest.ops->close(&vmm.guest);
	}
	memory_unmap(&vmm.memory);
	return ret;
}
