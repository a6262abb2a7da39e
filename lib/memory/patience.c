/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See patience.h. */
#include "memory/patience.h"

#include <errno.h>
#include <sched.h>

#include "memory/region.h"
#include "util/clock.h"

#define CHANGING_LIMIT_NS NS_PER_S
#define TRIES_AT_ONCE     64u
#define PAUSE_NS          50000u

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
	if (ctx_is_reader(ctx))
		ctx->reader_ops->drain(ctx->reader);
	/*
	 * A balloon sends one event after another, and between two the mapping holds still for a
	 * few microseconds only: whoever sleeps then never gets its turn. Sleep when that thread
	 * itself seems to wait for a CPU.
	 */
	if (++p->tries % TRIES_AT_ONCE)
		sched_yield();
	else
		clock_pause(PAUSE_NS);
	return 0;
}
