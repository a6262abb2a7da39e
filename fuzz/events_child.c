/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * See events.h. What a fork must have taken along: a copy of the model as it was when the message
 * was read, where nobody owns a page.
 */
#include "events.h"

#include <errno.h>
#include <string.h>

#include <uffd/child.h>

#include "memory/region.h"

/* This is no way through the library: the fuzzer need not see where it goes. */
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

static struct model then[REGIONS];
/* Pages of the child that are still registered with its descriptor. */
static bool registered[CELLS];

void child_forks(void)
{
	memcpy(then, models, sizeof(then));
	memset(registered, 0, sizeof(registered));
	for (struct model *m = then; m < then + REGIONS; m++) {
		model_disown(m);
		for (uint64_t i = 0; i < m->pages; i++) {
			uint64_t at = (m->page[i].address - ARENA) / CELL;

			if (m->page[i].address)
				memset(registered + at, true, 1u << (m->shift - 12));
		}
	}
}

void child_unregister(uint64_t start, uint64_t length)
{
	for (uint64_t i = (start - ARENA) / CELL; length; i++, length -= CELL) {
		MUST(i < CELLS && registered[i]);
		registered[i] = false;
	}
}

static bool is_shared(void)
{
	for (const struct model *m = then; m < then + REGIONS; m++)
		if (m->pages && m->shared)
			return true;
	return false;
}

static unsigned int count_mapped(void)
{
	unsigned int n = 0;

	for (const struct model *m = then; m < then + REGIONS; m++) {
		uint64_t i = 0;

		while (i < m->pages && !m->page[i].address)
			i++;
		n += i < m->pages;
	}
	return n;
}

/* One that is unmapped as a whole is not there. */
static void context_must_be_like(struct uffd_ctx *ctx)
{
	unsigned int n = 0;

	for (struct uffd_region *r = ctx->regions; r; r = r->next, n++) {
		size_t slot = (size_t)((struct model *)uffd_region_user(r) - models);

		MUST(slot < REGIONS && then[slot].pages);
		model_must_be_like(&then[slot], r);
	}
	MUST(n == count_mapped());
}

void child_must_be_right(struct uffd_child *child, bool adopt)
{
	struct uffd_ctx *ctx;
	int ret;

	MUST(uffd_child_fd(child) == CHILD_FD);
	ret = adopt ? uffd_child_adopt(&ctx, child, NULL) : 0;
	if (!adopt || ret < 0) {
		MUST(!adopt || (ret == -EOPNOTSUPP && is_shared()));
		uffd_child_drop(child);
	} else {
		MUST(!is_shared());
		context_must_be_like(ctx);
		MUST(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP) == 0);
	}
	for (unsigned int i = 0; i < CELLS; i++)
		MUST(!registered[i]);
}

#pragma clang attribute pop
