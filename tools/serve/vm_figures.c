/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the figures of a VM, from its context's counters.
 * Must never: look at the state of every page as often as somebody asks for metrics.
 */
#include <uffd/region.h>
#include <uffd/stats.h>

#include "serve/clock.h"
#include "serve/vm.h"

#define MEASURE_NS (100 * MS_NS) /* between two looks */

static uint64_t unfilled(const struct vm *vm)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < vm->region_count; i++) {
		int64_t n = uffd_region_unfilled(vm->regions[i]);

		bytes += n > 0 ? (uint64_t)n : 0;
	}
	return bytes;
}

static void count(struct vm_figures *f, const struct uffd_stats *stats)
{
	f->faults = stats->faults_missing + stats->faults_minor + stats->faults_wp;
	f->reads = stats->reads;
	f->read_bytes = stats->read_bytes;
	f->read_errors = stats->source_errors;
	f->p50_ns = uffd_stats_latency(stats, 500);
	f->p99_ns = uffd_stats_latency(stats, 990);
}

static bool poisons(const struct vm *vm)
{
	return vm->server->options->on_error == ON_ERROR_POISON &&
	       vm->server->features & UFFD_FEATURE_POISON;
}

/* Bytes that wait for nothing, and have not got their content. */
static uint64_t poisoned(const struct vm *vm)
{
	return poisons(vm) ? atomic_load(&vm->bytes_lost) : 0;
}

void vm_measure(struct vm *vm, struct vm_figures *f)
{
	struct uffd_stats stats = {.size = sizeof(stats)};

	if (!vm->loop || uffd_ctx_stats(vm->ctx, &stats) < 0)
		return;
	count(f, &stats);
	/* All regions of a VMM have pages of one size. */
	f->bytes_discarded = stats.pages_discarded * vm->table[0].page_size;
	f->bytes_filled = f->bytes_total - unfilled(vm);
	f->bytes_filled -= f->bytes_filled < poisoned(vm) ? f->bytes_filled : poisoned(vm);
}

/* Content that is lost is waited for; otherwise its readers were told. */
static bool holds(const struct vm *vm)
{
	return atomic_load(&vm->bytes_lost) && !poisons(vm);
}

static const char *state_of(const struct vm *vm, const struct vm_figures *f)
{
	switch (atomic_load(&vm->phase)) {
	case VM_GONE:
		return "ended";
	case VM_FAILED:
	case VM_RELEASED:
		return vm->has_ended ? "ended" : "held";
	}
	if (vm->has_ended)
		return "ended";
	if (holds(vm))
		return "held";
	return f->bytes_filled == f->bytes_total ? "complete" : "serving";
}

void vm_figures(struct vm *vm)
{
	struct vm_figures *f = &vm->figures;
	uint64_t now = now_ns();

	pthread_mutex_lock(&vm->lock);
	if (!vm->loop) {
		*f = vm->last;
	} else if (now >= vm->measure_at) {
		vm_measure(vm, f);
		vm->measure_at = now + MEASURE_NS;
	}
	pthread_mutex_unlock(&vm->lock);
	f->bytes_lost = atomic_load(&vm->bytes_lost);
	f->age_ns = now - vm->begun_ns;
	f->state = state_of(vm, f);
}
