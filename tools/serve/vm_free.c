/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the way from the server's thread to a VM's, and a VM's last moment. */
#include <stdlib.h>

#include "serve/closer.h"
#include "serve/vm.h"

void vm_order(struct vm *vm, enum vm_order order)
{
	int before = atomic_load(&vm->order);

	while (before < (int)order &&
	       !atomic_compare_exchange_weak(&vm->order, &before, (int)order))
		;
	/* Its thread closes the loop only when it has taken it away, under the lock. */
	pthread_mutex_lock(&vm->lock);
	if (vm->loop)
		uffd_loop_stop(vm->loop);
	pthread_mutex_unlock(&vm->lock);
}

static void unlink_vm(struct vm *vm)
{
	for (struct vm **link = &vm->server->vms; *link; link = &(*link)->next) {
		if (*link != vm)
			continue;
		*link = vm->next;
		vm->server->vm_count--;
		server_freed(vm->server);
		vm->server->progress_at = 0; /* without it */
		return;
	}
}

void vm_free(struct vm *vm)
{
	unlink_vm(vm);
	events_remove(vm->server->events, &vm->process);
	close_own(vm->process.fd);
	close_own(vm->uffd);
	close_own(vm->state);
	closer_close(vm->conn);
	pthread_mutex_destroy(&vm->lock);
	free(vm->table);
	free(vm);
}
