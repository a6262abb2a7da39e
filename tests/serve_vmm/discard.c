/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what discard.h says. Must never: throw away what a writer uses. */
#include "discard.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "say.h"

static int advise(struct vmm *vmm, uint64_t page, char *at, uint64_t length)
{
	int ret;

	/* It returns when the server has read the event. */
	watch_begin(vmm->watch, ACTOR_BALLOON(vmm), "discard of page", page);
	ret = madvise(at, length, MADV_DONTNEED);
	ret = ret < 0 ? -errno : 0;
	watch_end(vmm->watch, ACTOR_BALLOON(vmm));
	return ret;
}

static uint64_t first_frame(const struct vmm *vmm, uint64_t unit)
{
	return unit * (vmm->memory.unit >> FRAME_SHIFT);
}

static void must_be(int ret, int expected)
{
	if (ret != expected)
		end_saying(EXIT_WRONG, "MADV_DONTNEED: %s", strerror(-ret));
}

static void begin(struct vmm *vmm, uint64_t unit)
{
	ledger_use(&vmm->ledger, unit);
	ledger_discard_begin(&vmm->ledger, unit);
}

static void end(struct vmm *vmm, uint64_t unit)
{
	ledger_discard_end(&vmm->ledger, unit);
	ledger_unuse(&vmm->ledger, unit);
}

void discard_units(struct vmm *vmm, const uint64_t *units, uint64_t count)
{
	gate_enter(&vmm->gate);
	for (uint64_t i = 0; i < count; i++)
		begin(vmm, units[i]);
	for (uint64_t i = 0; i < count; i++) {
		must_be(advise(vmm, first_frame(vmm, units[i]), memory_unit(&vmm->memory, units[i]),
			       vmm->memory.unit),
			0);
		end(vmm, units[i]);
	}
	gate_leave(&vmm->gate);
}

/* Calls fn for each unit that lies wholly in the range: the kernel throws away no part of one. */
static void each_unit(struct vmm *vmm, uint64_t from, uint64_t to,
		      void (*fn)(struct vmm *vmm, uint64_t unit))
{
	uint64_t unit;

	for (; from + vmm->memory.unit <= to; from += vmm->memory.unit)
		if (memory_unit_at(&vmm->memory, vmm->memory.at + from, &unit))
			fn(vmm, unit);
}

void discard_range(struct vmm *vmm, uint64_t from, uint64_t to)
{
	gate_enter(&vmm->gate);
	each_unit(vmm, from, to, begin);
	must_be(advise(vmm, from >> FRAME_SHIFT, vmm->memory.at + from, to - from), 0);
	each_unit(vmm, from, to, end);
	gate_leave(&vmm->gate);
}

void discard_within_huge_page(struct vmm *vmm, uint64_t unit)
{
	gate_enter(&vmm->gate);
	ledger_use(&vmm->ledger, unit);
	must_be(advise(vmm, first_frame(vmm, unit), memory_unit(&vmm->memory, unit) + FRAME_SIZE,
		       FRAME_SIZE),
		-EINVAL);
	ledger_unuse(&vmm->ledger, unit);
	gate_leave(&vmm->gate);
}
