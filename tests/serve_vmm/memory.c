/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what memory.h says. Must never: unmap what another mapping may take while threads run. */
#include "memory.h"

#include <errno.h>
#include <sys/mman.h>

#include "say.h"

/* Reserves [at, at + length), aligned to a unit; nobody else can get what is between regions. */
static char *reserve(uint64_t length, uint64_t unit, char **all)
{
	char *at = mmap(NULL, length + unit, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			-1, 0);
	uint64_t before;

	if (at == MAP_FAILED)
		return NULL;
	before = (unit - (uintptr_t)at % unit) % unit;
	if (before)
		munmap(at, before);
	if (before < unit)
		munmap(at + before + length, unit - before);
	*all = at + before;
	return at + before;
}

static int map_region(const struct region *region, uint64_t unit)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
	void *at;

	if (unit > FRAME_SIZE)
		flags |= MAP_HUGETLB | 21 << MAP_HUGE_SHIFT;
	else
		flags |= MAP_NORESERVE;
	at = mmap(region->at, region->length, PROT_READ | PROT_WRITE, flags, -1, 0);
	return at == MAP_FAILED ? errno : 0;
}

int memory_map(struct memory *memory, uint64_t size, uint64_t unit, unsigned int regions)
{
	uint64_t each = size / unit / regions * unit, offset = 0;
	char *at;
	int error;

	memory->count = regions;
	memory->unit = unit;
	memory->frames = size >> FRAME_SHIFT;
	memory->length = size + (regions - 1) / 2 * unit;
	at = reserve(memory->length, unit, &memory->at);
	if (!at)
		return complain("the guest's memory", errno);
	for (unsigned int i = 0; i < regions; i++) {
		struct region *region = &memory->regions[i];

		region->at = at;
		region->length = i + 1 < regions ? each : size - offset;
		region->offset = offset;
		error = map_region(region, unit);
		if (error) {
			complain("the guest's memory", error);
			memory_unmap(memory);
			return error == ENOMEM && unit > FRAME_SIZE ? EXIT_SKIP : -1;
		}
		offset += region->length;
		at += region->length + (i % 2 ? unit : 0);
	}
	return 0;
}

void memory_unmap(struct memory *memory)
{
	munmap(memory->at, memory->length);
}

uint64_t memory_units(const struct memory *memory)
{
	return (memory->frames << FRAME_SHIFT) / memory->unit;
}

uint64_t memory_unit_of(const struct memory *memory, uint64_t frame)
{
	return (frame << FRAME_SHIFT) / memory->unit;
}

static char *at_offset(const struct memory *memory, uint64_t offset)
{
	const struct region *region = memory->regions;

	while (offset - region->offset >= region->length)
		region++;
	return region->at + (offset - region->offset);
}

uint64_t *memory_frame(const struct memory *memory, uint64_t frame)
{
	return (uint64_t *)at_offset(memory, frame << FRAME_SHIFT);
}

char *memory_unit(const struct memory *memory, uint64_t unit)
{
	return at_offset(memory, unit * memory->unit);
}

bool memory_unit_at(const struct memory *memory, const char *address, uint64_t *unit)
{
	for (unsigned int i = 0; i < memory->count; i++) {
		const struct region *region = &memory->regions[i];

		if (address >= region->at && address < region->at + region->length) {
			*unit = (region->offset + (uint64_t)(address - region->at)) / memory->unit;
			return true;
		}
	}
	return false;
}
