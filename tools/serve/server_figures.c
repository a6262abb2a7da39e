/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the figures of all VMs, and what they say: that a VM has all of its memory.
 * Must never: look more often than progress is told or metrics are asked for.
 */
#include <stdlib.h>

#include "serve/clock.h"
#include "serve/report.h"
#include "serve/server.h"
#include "serve/vm.h"

#define LOOK_NS SECOND_NS

static bool make_room(struct server *s)
{
	struct vm_figures *more;

	if (s->vm_count <= s->figures_room)
		return true;
	more = realloc(s->figures, s->vm_count * sizeof(*more));
	if (!more)
		return false;
	s->figures = more;
	s->figures_room = s->vm_count;
	return true;
}

static void tell_complete(struct vm *vm)
{
	const struct vm_figures *f = &vm->figures;

	if (vm->told_complete || !vm->told_serving || f->bytes_filled < f->bytes_total)
		return;
	vm->told_complete = true;
	report_vm(vm->server->report, "complete", f, NULL);
	/* Nothing more will be asked for: the recording is whole. */
	if (vm->server->options->record)
		vm_order(vm, VM_SAVE);
}

/* all: also of those that nobody has been told of. */
static size_t collect(struct server *s, bool all)
{
	size_t n = 0;

	if (!make_room(s))
		return 0;
	for (struct vm *vm = s->vms; vm; vm = vm->next) {
		if (!all && !vm->told_serving)
			continue;
		vm_figures(vm);
		tell_complete(vm);
		s->figures[n++] = vm->figures;
	}
	return n;
}

static bool all_complete(const struct server *s)
{
	for (const struct vm *vm = s->vms; vm; vm = vm->next)
		if (!vm->told_complete)
			return false;
	return true;
}

uint64_t server_progress(struct server *s, uint64_t now)
{
	size_t count;
	int ms;

	if (s->progress_at > now)
		return s->progress_at;
	count = collect(s, false);
	ms = report_progress(s->report, s->figures, count);
	if (ms >= 0)
		s->progress_at = now + (uint64_t)ms * MS_NS;
	else
		s->progress_at = all_complete(s) ? NEVER : now + LOOK_NS;
	return s->progress_at;
}

size_t server_metrics(void *server, const struct vm_figures **vms, struct totals *totals)
{
	struct server *s = server;
	size_t n = collect(s, true);

	*vms = s->figures;
	*totals = s->totals;
	return n;
}
