/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the public ways to complete a claim, and what each needs of its memory.
 * Must never: touch a page before the whole range is known to be claimed.
 */
#include <errno.h>

#include <uffd/resolve.h>

#include "memory/fill.h"
#include "memory/overwrite.h"
#include "memory/region.h"
#include "memory/resolve.h"

/*
 * able: this memory, context and kernel can do it. The kernel takes a COPY into a range registered
 * without MISSING, and a CONTINUE without MINOR (seen on 6.18), and then nobody is told of the
 * pages that were not brought: so the library asks.
 */
static int64_t complete(struct uffd_region *r, uint64_t offset, uint64_t length, bool able,
			struct install install, uint32_t flags)
{
	bool needs_src = install.how == INSTALL_COPY || install.how == INSTALL_POPULATE ||
			 install.how == INSTALL_MOVE;
	struct page_run run = {0};
	int ret = region_pages(r, offset, length, &run.first, &run.end);

	if (ret < 0)
		return ret;
	install.wp = flags & LIBUFFD_RESOLVE_WP;
	if (flags & ~LIBUFFD_RESOLVE_WP || (needs_src && !install.src))
		return -EINVAL;
	if (!able || (install.wp && !(r->modes & LIBUFFD_WP)))
		return -EOPNOTSUPP;
	ret = pagestate_check_claimed(&r->pages, run.first, run.end);
	if (ret < 0)
		return ret;
	ret = resolve(r, &run, &install);
	/* Where a part was done its size is the answer: only its owner can know which pages are
	 * left. */
	if (ret < 0 && run.first < run.end && run.first << r->page_shift > offset)
		return (int64_t)((run.first << r->page_shift) - offset);
	return ret;
}

static bool has(const struct uffd_region *r, uint32_t modes)
{
	return r && r->modes & modes;
}

int64_t uffd_copy(struct uffd_region *r, uint64_t offset, const void *src, uint64_t length,
		  uint32_t flags)
{
	return complete(r, offset, length, has(r, LIBUFFD_MISSING),
			(struct install){.how = INSTALL_COPY, .src = src}, flags);
}

int64_t uffd_zero(struct uffd_region *r, uint64_t offset, uint64_t length, uint32_t flags)
{
	return complete(r, offset, length, has(r, LIBUFFD_MISSING),
			(struct install){.how = INSTALL_ZERO}, flags);
}

int64_t uffd_continue(struct uffd_region *r, uint64_t offset, uint64_t length, uint32_t flags)
{
	/* A page discarded while it was written must be overwritten: only the file can do that. */
	bool able = has(r, LIBUFFD_MINOR) && (!r->ctx->gate.present || can_overwrite(r));

	return complete(r, offset, length, able, (struct install){.how = INSTALL_CONTINUE}, flags);
}

int64_t uffd_populate(struct uffd_region *r, uint64_t offset, const void *src, uint64_t length,
		      uint32_t flags)
{
	return complete(r, offset, length, has(r, LIBUFFD_MINOR) && can_overwrite(r),
			(struct install){.how = INSTALL_POPULATE, .src = src}, flags);
}

int64_t uffd_move(struct uffd_region *r, uint64_t offset, void *src, uint64_t length,
		  uint32_t flags)
{
	/* MOVE works without its feature bit on 6.18; it is still a promise of newer kernels only.
	 */
	bool able = has(r, LIBUFFD_MISSING) && r->backing->movable &&
		    !(r->flags & LIBUFFD_REGION_FOREIGN) && r->ctx->features & UFFD_FEATURE_MOVE;

	if (able && (uintptr_t)src & (region_page_size(r) - 1))
		return ctx_is_ours(r->ctx) ? -EINVAL : -ECHILD;
	/* MOVE cannot leave a page write-protected. */
	return complete(
		r, offset, length, able,
		(struct install){.how = flags & LIBUFFD_RESOLVE_WP ? INSTALL_COPY : INSTALL_MOVE,
				 .src = src},
		flags);
}

int64_t uffd_poison(struct uffd_region *r, uint64_t offset, uint64_t length)
{
	bool able =
		has(r, LIBUFFD_MISSING | LIBUFFD_MINOR) && r->ctx->features & UFFD_FEATURE_POISON;

	return complete(r, offset, length, able, (struct install){.how = INSTALL_POISON}, 0);
}

int uffd_abandon(struct uffd_region *r, uint64_t offset, uint64_t length)
{
	struct page_run run = {0};
	int ret = region_pages(r, offset, length, &run.first, &run.end);

	if (ret == 0)
		ret = pagestate_check_claimed(&r->pages, run.first, run.end);
	if (ret == 0)
		resolve_give_up(r, &run, LIBUFFD_PAGE_EMPTY);
	return ret;
}

int uffd_claim(struct uffd_region *r, uint64_t offset, uint64_t length, struct uffd_extent *extent)
{
	struct page_run run;
	uint64_t first, end;
	int ret = region_pages(r, offset, length, &first, &end);

	if (ret == 0 && !extent)
		ret = -EINVAL;
	if (ret == 0)
		ret = pagestate_claim(&r->pages, first, end, &run);
	if (ret < 0)
		return ret;
	ctx_count(r->ctx, COUNTER(pages_prefetch), run.end - run.first);
	*extent = (struct uffd_extent){
		.offset = run.first << r->page_shift,
		.length = (run.end - run.first) << r->page_shift,
		.fault_offset = run.first << r->page_shift,
		.kind = LIBUFFD_PREFETCH,
	};
	return 0;
}

int uffd_writeprotect(struct uffd_region *r, uint64_t offset, uint64_t length, int protect)
{
	uint64_t first, end;
	unsigned int turn = 0;
	int ret = region_pages(r, offset, length, &first, &end);

	if (ret < 0)
		return ret;
	if (!has(r, LIBUFFD_WP))
		return -EOPNOTSUPP;
	/* Whoever tracks writes must know what is protected; who begins to waits for this. */
	if (wp_begin_install(r, &turn)) {
		ret = -EBUSY;
	} else {
		gate_share(&r->ctx->gate);
		ret = region_each_part(r, first, end, uffd_raw_writeprotect,
				       protect ? UFFDIO_WRITEPROTECT_MODE_WP : 0);
		gate_leave(&r->ctx->gate);
	}
	wp_end_install(r, turn);
	return ret;
}

int uffd_wake(struct uffd_region *r, uint64_t offset, uint64_t length)
{
	uint64_t first, end;
	int ret = region_pages(r, offset, length, &first, &end);

	if (ret < 0)
		return ret;
	gate_share(&r->ctx->gate);
	ret = region_wake(r, first, end);
	gate_leave(&r->ctx->gate);
	return ret;
}

int uffd_prefetch(struct uffd_region *r, uint64_t offset, uint64_t length)
{
	uint64_t first, end;
	int ret = region_pages(r, offset, length, &first, &end);

	return ret < 0 ? ret : fill_empty(r, first, end, LIBUFFD_PREFETCH);
}
