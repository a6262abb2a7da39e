/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the beginning of VMs, and what is done with all of them.
 * Must never: begin to serve one before it would outlive this process.
 */
#include "serve/vm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/admission.h"
#include "serve/clock.h"
#include "serve/closer.h"
#include "serve/connection.h"
#include "serve/report.h"
#include "serve/takeover.h"

static void refuse(struct server *s, const struct vm_handshake *h, const struct admission *a)
{
	char line[200];

	/* Killed before its descriptor is closed: closing it turns its memory into zeros. */
	if (a->served)
		snprintf(line, sizeof(line), "%s", a->words);
	else
		snprintf(line, sizeof(line), "%s; %s", a->words, refuse_owner(s, h->pidfd));
	s->totals.refused[a->why]++;
	report_refused(s->report, a->why, h->pid, line);
	close_own(h->uffd);
	closer_close(h->conn);
	close_own(h->pidfd);
	takeover_forget(s, h->id);
}

static void cannot_hold(struct server *s, const struct vm_handshake *h, int error)
{
	struct admission a = {.why = REFUSED_RESOURCES};

	snprintf(a.words, sizeof(a.words), "cannot be held: %s", strerror(-error));
	refuse(s, h, &a);
}

/* Without its descriptors and its thread. NULL: no memory. */
static struct vm *make(struct server *s, const struct vm_handshake *h)
{
	struct vm *vm = calloc(1, sizeof(*vm));

	if (!vm)
		return NULL;
	vm->table = calloc(h->region_count, sizeof(*vm->table));
	if (!vm->table) {
		free(vm);
		return NULL;
	}
	memcpy(vm->table, h->regions, h->region_count * sizeof(*vm->table));
	vm->region_count = h->region_count;
	vm->server = s;
	vm->id = h->id;
	vm->pid = h->pid;
	vm->begun_ns = now_ns();
	vm->figures = (struct vm_figures){.id = h->id, .pid = h->pid, .state = "serving"};
	for (uint32_t i = 0; i < h->region_count; i++)
		vm->figures.bytes_total += h->regions[i].length;
	vm->last = vm->figures;
	vm->ask_at = NEVER;
	vm->uffd = vm->state = vm->conn = vm->process.fd = -1;
	vm->number = h->uffd;
	pthread_mutex_init(&vm->lock, NULL);
	return vm;
}

/* Its descriptors are the VM's from now on. 0; -errno: they are not. */
static int start(struct vm *vm, const struct vm_handshake *h, int state)
{
	struct server *s = vm->server;
	int ret;

	vm->process = (struct watch){h->pidfd, vm_process_ended};
	ret = events_add(s->events, &vm->process);
	if (ret < 0) {
		vm->process.fd = -1;
		return ret;
	}
	vm->uffd = h->uffd;
	vm->state = state;
	vm->conn = h->conn;
	ret = -pthread_create(&vm->thread, NULL, vm_thread, vm);
	if (ret < 0) {
		events_remove(s->events, &vm->process);
		vm->uffd = vm->state = vm->conn = vm->process.fd = -1;
		return ret;
	}
	vm->has_thread = true;
	vm->next = s->vms;
	s->vms = vm;
	s->vm_count++;
	return 0;
}

static int hold_and_start(struct vm *vm, const struct vm_handshake *h)
{
	int state = takeover_keep(vm, h);
	int ret = state < 0 ? state : start(vm, h, state);

	if (ret < 0)
		close_own(state);
	return ret;
}

void vm_begin(struct server *s, const struct vm_handshake *h)
{
	struct admission a;
	struct vm *vm;
	int ret;

	if (!admission_ask(s, h, &a)) {
		refuse(s, h, &a);
		return;
	}
	vm = make(s, h);
	ret = vm ? hold_and_start(vm, h) : -ENOMEM;
	if (ret < 0) {
		cannot_hold(s, h, ret);
		if (vm)
			vm_free(vm);
		return;
	}
	report_vm(s->report, "connected", &vm->figures, NULL);
}

int vm_go_on(struct server *s, const struct vm_handshake *h, int state)
{
	struct vm *vm = make(s, h);
	int ret;

	if (!vm)
		return -ENOMEM;
	vm->taken_over = true;
	ret = start(vm, h, state);
	if (ret < 0)
		vm_free(vm);
	return ret;
}

uint64_t vms_look(struct server *s, uint64_t now)
{
	uint64_t again = NEVER;
	struct vm *next;

	for (struct vm *vm = s->vms; vm; vm = next) {
		next = vm->next;
		vm_look(vm, now, &again);
	}
	return again;
}

void vms_stop(struct server *s)
{
	for (struct vm *vm = s->vms; vm; vm = vm->next)
		vm_order(vm, VM_STOP);
}

bool vms_busy(const struct server *s)
{
	for (const struct vm *vm = s->vms; vm; vm = vm->next)
		if (vm->has_thread)
			return true;
	return false;
}

void vms_free(struct server *s)
{
	struct vm *next;

	for (struct vm *vm = s->vms; vm; vm = next) {
		next = vm->next;
		/* A thread that still waits for a read has the VM until the process is gone. */
		if (!vm->has_thread)
			vm_free(vm);
	}
}
