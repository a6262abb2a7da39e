/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: waiting for a range without faulting on it.
 * Must never: spin, or wait in the reader's own thread for what only the reader can bring.
 */
#include <errno.h>

#include <uffd/resolve.h>

#include "memory/fill.h"
#include "memory/region.h"
#include "util/clock.h"
#include "util/futex.h"

/* Sleeps until a page of the region settles, a retry is due, or the deadline. 0, -ETIMEDOUT. */
static int sleep_until_settled(struct uffd_region *r, uint32_t seen, uint64_t deadline)
{
	uint64_t until = deadline, retry_at;

	if (deadline && clock_now() >= deadline)
		return -ETIMEDOUT;
	retry_at = fill_retry(r->ctx, clock_now());
	/* What was tried again just now may have come. */
	if (atomic_load(&r->settled) != seen)
		return 0;
	/* Only this thread reads: the page's owner may need what it would read. */
	if (ctx_is_reader(r->ctx) && !retry_at)
		return -EDEADLK;
	if (retry_at && (!until || retry_at < until))
		until = retry_at;
	futex_wait(&r->settled, seen, until);
	return 0;
}

static int why_never(struct uffd_region *r, uint64_t page)
{
	uint64_t end = page + 1, address;

	gate_share(&r->ctx->gate);
	address = region_address(r, page, &end);
	gate_leave(&r->ctx->gate);
	return address ? -EHWPOISON : -ENOENT;
}

/* Returns when page is neither EMPTY nor BUSY. */
static int wait_for_page(struct uffd_region *r, uint64_t page, uint64_t deadline)
{
	int ret = 0;

	while (ret == 0) {
		/* Read before the state: a page that settles after the look changes it. */
		uint32_t seen = atomic_load(&r->settled);

		switch (LIBUFFD_PAGE_STATE(pagestate_get(&r->pages, page))) {
		case LIBUFFD_PAGE_CACHED:
			return 0;
		case LIBUFFD_PAGE_POISONED:
			return why_never(r, page);
		case LIBUFFD_PAGE_EMPTY:
			/* Given up by its owner. Errors are seen to; what counts is the state. */
			if (atomic_load(&r->ctx->dead))
				return -ESRCH;
			if (!region_has_content(r))
				return -EOPNOTSUPP;
			fill_empty(r, page, page + 1, LIBUFFD_DEMAND);
			ret = deadline && clock_now() >= deadline ? -ETIMEDOUT : 0;
			break;
		default:
			ret = sleep_until_settled(r, seen, deadline);
		}
	}
	return ret;
}

int uffd_demand(struct uffd_region *r, uint64_t offset, uint64_t length,
		const struct timespec *deadline)
{
	uint64_t first, end, until = 0;
	int ret = region_pages(r, offset, length, &first, &end);

	if (ret == 0)
		ret = deadline_ns(deadline, &until);
	if (ret < 0)
		return ret;
	/* All claims first, so that a callback that answers later has them all in flight. */
	fill_empty(r, first, end, LIBUFFD_DEMAND);
	/* Counted before any look at a state: whoever settles a page later sees a sleeper. */
	atomic_fetch_add(&r->sleepers, 1);
	while (ret == 0 && first < end)
		ret = wait_for_page(r, first++, until);
	atomic_fetch_sub(&r->sleepers, 1);
	return ret;
}
