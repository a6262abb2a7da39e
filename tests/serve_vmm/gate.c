/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what gate.h says. Must never: be entered twice by one thread. */
#include "gate.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "say.h"

int gate_open(struct gate *gate, uint64_t pause_at)
{
	pthread_rwlockattr_t writers_first;

	gate->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (gate->fd < 0)
		return complain("eventfd", errno);
	gate->pause_at = pause_at;
	sem_init(&gate->pairs, 0, 0);
	pthread_rwlockattr_init(&writers_first);
	pthread_rwlockattr_setkind_np(&writers_first, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&gate->lock, &writers_first);
	pthread_rwlockattr_destroy(&writers_first);
	return 0;
}

void gate_close(struct gate *gate)
{
	pthread_rwlock_destroy(&gate->lock);
	sem_destroy(&gate->pairs);
	close(gate->fd);
}

void gate_enter(struct gate *gate)
{
	pthread_rwlock_rdlock(&gate->lock);
}

void gate_leave(struct gate *gate)
{
	pthread_rwlock_unlock(&gate->lock);
}

void gate_count(struct gate *gate)
{
	uint64_t count = atomic_fetch_add(&gate->accesses, 1) + 1;

	if (count == gate->pause_at)
		eventfd_write(gate->fd, 1);
	if (count % 2 == 0)
		sem_post(&gate->pairs);
}

void gate_stop(struct gate *gate)
{
	pthread_rwlock_wrlock(&gate->lock);
}

void gate_go(struct gate *gate)
{
	pthread_rwlock_unlock(&gate->lock);
}
