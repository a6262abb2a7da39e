/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what has come of a VM, as the server's thread sees it: told, killed, let go of.
 * Must never: let go of one whose process may touch its memory again, but where it was refused.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <uffd/raw.h>

#include "serve/clock.h"
#include "serve/connection.h"
#include "serve/process.h"
#include "serve/report.h"
#include "serve/takeover.h"
#include "serve/vm.h"

#define LOST_EVERY_NS SECOND_NS /* at most */

/* Memory goes a little after its process. */
#define OUTLIVED_NS  SECOND_NS
#define ASK_SOON_NS  (5 * MS_NS)
#define ASK_LATER_NS SECOND_NS

static void tell(struct vm *vm, const char *event, const char *detail)
{
	vm_figures(vm);
	report_vm(vm->server->report, event, &vm->figures, detail);
}

static void tell_error(struct vm *vm, const char *what, int error)
{
	char line[200];

	snprintf(line, sizeof(line), "%s: %s", what, strerror(-error));
	report_log(vm->server->report, LIBUFFD_LOG_ERROR, vm->id, line);
}

/* Its content will not come, and that is how it was to end then. */
static void kill_vm(struct vm *vm, const char *why)
{
	int ret;

	if (vm->server->options->on_error != ON_ERROR_KILL || vm->killed || vm->has_ended)
		return;
	if (vm->process_has_ended) {
		tell_error(vm, "it cannot be killed: who handed it over", -ESRCH);
		vm->killed = true;
		return;
	}
	ret = kill_process(vm->process.fd);
	vm->killed = true;
	if (ret < 0) {
		tell_error(vm, "it cannot be killed", ret);
		return;
	}
	vm->server->totals.killed++;
	tell(vm, "killed", why);
}

static void look_at_losses(struct vm *vm, uint64_t now, uint64_t *again)
{
	uint64_t lost = atomic_load(&vm->bytes_lost), at = vm->lost_told_ns + LOST_EVERY_NS;

	if (lost == vm->lost_told)
		return;
	if (vm->lost_told && now < at) {
		*again = at < *again ? at : *again;
		return;
	}
	vm->lost_told = lost;
	vm->lost_told_ns = now;
	tell(vm, "lost", "content could not be read");
	kill_vm(vm, "content could not be read");
}

static void tell_serving(struct vm *vm)
{
	struct totals *totals = &vm->server->totals;

	if (vm->told_serving)
		return;
	vm->told_serving = true;
	totals->served++;
	totals->taken_over += vm->taken_over;
	vm->server->progress_at = 0;
	tell(vm, vm->taken_over ? "taken-over" : "serving", NULL);
}

static void tell_recorded(struct vm *vm)
{
	if (vm->told_recorded || !atomic_load(&vm->recorded))
		return;
	vm->told_recorded = true;
	tell(vm, "recorded", vm->server->options->workingset);
}

/* Nothing of it is left to be served. */
static void end(struct vm *vm, const char *detail)
{
	vm->server->totals.ended++;
	atomic_store(&vm->phase, VM_GONE);
	tell(vm, "ended", detail);
	takeover_forget(vm->server, vm->id);
	vm_free(vm);
}

/* It never came to be served; *vm is gone then. */
static void refuse(struct vm *vm)
{
	struct server *s = vm->server;
	enum refusal why = vm->has_ended ? REFUSED_MEMORY : vm->refusal;
	char line[250];

	if (vm->has_ended || vm->error == -ESRCH)
		snprintf(line, sizeof(line), "its process has ended, or has other memory now");
	else
		snprintf(line, sizeof(line), "%s: %s; %s", vm->words, strerror(-vm->error),
			 refuse_owner(s, vm->process.fd));
	s->totals.refused[why]++;
	report_refused(s->report, why, vm->pid, line);
	takeover_forget(s, vm->id);
	vm_free(vm);
}

/* Its thread has returned while its VMM lives on. It stays held, for another server to try. */
static void give_up(struct vm *vm, const char *what)
{
	if (vm->server->ending)
		return;
	tell_error(vm, what, vm->error);
	tell(vm, "held", what);
	kill_vm(vm, what);
}

/* Whether the VM is still there. */
static bool over(struct vm *vm)
{
	bool failed = atomic_load(&vm->phase) == VM_FAILED;

	pthread_join(vm->thread, NULL);
	vm->has_thread = false;
	if (failed && !vm->taken_over) {
		refuse(vm);
		return false;
	}
	if (vm->has_ended || vm->error == -ESRCH || atomic_load(&vm->phase) == VM_GONE) {
		end(vm, vm->killed ? "killed" : NULL);
		return false;
	}
	give_up(vm, failed ? vm->words : "it is served no more");
	return true;
}

/* Without a descriptor nobody can be asked, and nobody served. */
static bool memory_lives(struct vm *vm)
{
	int fd, lives;

	pthread_mutex_lock(&vm->lock);
	fd = vm->ctx ? uffd_ctx_fd(vm->ctx) : vm->uffd;
	lives = fd < 0 ? 0 : uffd_raw_owner_lives(fd);
	pthread_mutex_unlock(&vm->lock);
	return lives == 1;
}

/* Closed while somebody has the memory it would turn into zeros. */
static void ask_memory(struct vm *vm, uint64_t now)
{
	bool at_once = now < vm->process_ended_ns + OUTLIVED_NS;

	if (memory_lives(vm)) {
		if (!at_once && !vm->told_outlived) {
			vm->told_outlived = true;
			report_log(vm->server->report, LIBUFFD_LOG_WARNING, vm->id,
				   "who handed its memory over has ended, and the memory lives: it "
				   "is served on");
		}
		vm->ask_at = now + (at_once ? ASK_SOON_NS : ASK_LATER_NS);
		return;
	}
	vm->ask_at = NEVER;
	vm->has_ended = true;
	if (vm->has_thread)
		vm_order(vm, VM_END);
}

bool vm_look(struct vm *vm, uint64_t now, uint64_t *again)
{
	int phase = atomic_load(&vm->phase);

	/* A thread that attaches finds out itself. */
	if (vm->ask_at <= now && !(vm->has_thread && phase == VM_ATTACHING))
		ask_memory(vm, now);
	if (vm->has_ended && !vm->has_thread) {
		end(vm, vm->killed ? "killed" : NULL);
		return false;
	}
	if (vm->ask_at < *again && !(vm->has_thread && phase == VM_ATTACHING))
		*again = vm->ask_at;
	if (!vm->has_thread || phase == VM_ATTACHING)
		return true;
	if (phase != VM_FAILED) {
		tell_serving(vm);
		tell_recorded(vm);
		look_at_losses(vm, now, again);
	}
	return phase == VM_SERVING || over(vm);
}

void vm_process_ended(struct watch *watch)
{
	struct vm *vm = container_of(watch, struct vm, process);

	events_remove(vm->server->events, watch);
	vm->process_has_ended = true;
	vm->process_ended_ns = now_ns();
	vm->ask_at = 0; /* all VMs are looked at after every event */
}
