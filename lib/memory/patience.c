/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See patience.h. */
#include "memory/patience.h"

#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>

#include "memory/region.h"
#include "util/clock.h"

#define CHANGING_LIMIT_NS NS_PER_S
#define ROUND_NS          140000u
#define LOOKING_NS        60000u /* of a round: what it takes to wake another CPU, and more */
#define LEAST_PAUSE_NS    500u
#define MOST_PAUSE_NS     10500u

/*
 * Sleeps for a moment whose length nobody can foresee, and no longer: a timer may be 50 us late
 * otherwise (timerslack_ns).
 */
static void pause_shortly(uint64_t now)
{
	uint64_t mixed = now * UINT64_C(0x9e3779b97f4a7c15);
	int slack = prctl(PR_GET_TIMERSLACK);

	if (slack > 0)
		prctl(PR_SET_TIMERSLACK, 1);
	clock_pause(LEAST_PAUSE_NS + (mixed >> 32) % (MOST_PAUSE_NS - LEAST_PAUSE_NS));
	if (slack > 0)
		prctl(PR_SET_TIMERSLACK, slack);
}

/*
 * The mapping is changing: some thread of its owner is between sending an event and being done.
 * The reader must read the event, or that thread never goes on; then the kernel tells nobody when
 * it is done, so all there is is to look again. -EAGAIN when that took too long. Not under the
 * gate.
 */
int patience_wait(struct uffd_region *r, struct patience *p)
{
	struct uffd_ctx *ctx = r->ctx;
	uint64_t now = clock_now();

	ctx_count(ctx, COUNTER(install_retries), 1);
	if (!p->since)
		p->since = now;
	if (now - p->since > CHANGING_LIMIT_NS)
		return -EAGAIN;
	/* Who is to stop leaves it to whoever goes on: it is asked for again. */
	if (ctx_is_reader(ctx) && !ctx->reader_ops->drain(ctx->reader))
		return -EAGAIN;
	/*
	 * A balloon sends one event after another, and between two the mapping holds still for a
	 * few microseconds only, while that thread runs. On another CPU it does so a moment after
	 * its event was read: whoever sleeps then never gets its turn. Where it shares the CPU with
	 * this thread a yield runs it until it sleeps in its next event, for ever in step; only a
	 * timer that ends a short sleep takes the CPU from it in between. So both, in turn.
	 */
	if ((now - p->since) % ROUND_NS < LOOKING_NS)
		sched_yield();
	else
		pause_shortly(now);
	return 0;
}
