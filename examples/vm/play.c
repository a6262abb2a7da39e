/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what play.h says. Must never: touch the guest's memory. */
#include "play.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"
#include "progress.h"
#include "util.h"

/* A guest that does not move for so long will not move any more. */
#define PATIENCE_NS (UINT64_C(30) * 1000000000)

const struct guest_ops *choose_guest(const struct options *options)
{
	const char *refusal = options->no_kvm ? "--no-kvm" : kvm_refusal();

	if (!refusal)
		return &kvm_guest_ops;
	printf("%s: a thread plays the guest\n", refusal);
	return &thread_guest_ops;
}

/* On memory that comes. */
static const struct guest_ops *choose_restored_guest(const struct options *options,
						     const struct snapshot *snapshot,
						     const struct memory *m)
{
	const struct guest_ops *ops;

	if (m->user_mode_only && !options->no_kvm) {
		/* KVM's own accesses to the memory would not fault but fail. */
		printf("userfaultfd for user mode only, which KVM cannot run on: "
		       "a thread plays the guest\n");
		return &thread_guest_ops;
	}
	ops = choose_guest(options);
	if (ops == &kvm_guest_ops && strcmp(snapshot->cpu.kind, ops->name)) {
		printf("no registers for KVM in the snapshot: a thread plays the guest\n");
		ops = &thread_guest_ops;
	}
	return ops;
}

int check_end(const struct guest *guest, enum guest_state state, enum guest_state wanted)
{
	if (state == wanted)
		return 0;
	if (state == GUEST_BAD_PAGE)
		return complain_format("the guest", "page %" PRIu64 " is wrong at byte %u",
				       guest->bad.page, guest->bad.word * 8);
	if (state == GUEST_PAUSED)
		return complain("the guest", "did not go on");
	if (state == GUEST_VERIFIED)
		return complain("the guest", "did not pause");
	return -1; /* stopped, or it has said why */
}

bool is_stuck(uint64_t now_at, uint64_t *to, uint64_t *at)
{
	if (*to == now_at && *at)
		return now_ns() - *at > PATIENCE_NS;
	*to = now_at;
	*at = now_ns();
	return false;
}

int run_guest(struct guest *guest, const char *what, enum guest_state wanted,
	      const struct ahead *ahead)
{
	uint64_t moved_at = 0, moved_to = 0;
	struct progress progress;
	enum guest_state state;

	if (guest_start(guest) < 0)
		return -1;
	progress_begin(&progress, what, guest_pages(guest));
	while ((state = guest_wait(guest, 50)) == GUEST_RUNNING && !interrupted()) {
		uint64_t done = guest->pages_done;

		if (ahead)
			ahead_show(ahead, &progress);
		progress_show(&progress, done);
		if (is_stuck(done, &moved_to, &moved_at)) {
			complain_format("the guest", "stuck after %" PRIu64 " pages", done);
			break;
		}
	}
	if (state == GUEST_RUNNING) {
		guest_stop(guest);
		state = GUEST_STOPPED;
	} else if (state == wanted) {
		if (ahead)
			ahead_show(ahead, &progress);
		progress_show(&progress, guest_pages(guest));
	}
	progress_end(&progress);
	return check_end(guest, state, wanted);
}

static int do_task(struct guest *guest, const struct snapshot *from, unsigned int task,
		   const struct ahead *ahead, struct outcome *outcome)
{
	static const char *const names[] = {
		[TASK_VERIFY] = "verifying",
		[TASK_CHANGE] = "changing",
		[TASK_COUNT] = "counting",
	};
	bool change = task == TASK_CHANGE;

	if (guest->ops->set_cpu(guest, &from->cpu, task) < 0)
		return -1;
	if (run_guest(guest, names[task], change ? GUEST_PAUSED : GUEST_VERIFIED, ahead) < 0)
		return -1;
	outcome->resumed_ns = guest->resumed_ns;
	outcome->ended_ns = guest->ended_ns;
	return change ? guest->ops->get_cpu(guest, &outcome->cpu) : 0;
}

int go_on(const struct options *options, const struct snapshot *from, struct memory *m,
	  unsigned int task, const struct ahead *ahead, struct outcome *outcome)
{
	static struct guest guest; /* for a thread that may outlive this call: see below */
	int ret;

	if (guest_open(&guest, choose_restored_guest(options, from, m), m->at, m->size,
		       &from->pattern) < 0)
		return -1;
	ret = do_task(&guest, from, task, ahead, outcome);
	if (ret < 0)
		memory_stop_serving(m); /* it may wait for a page where no signal reaches it */
	if (!guest_close(&guest)) {
		m->at = MAP_FAILED; /* it may still run there: leave it alone until exit */
		return -1;
	}
	return ret;
}
