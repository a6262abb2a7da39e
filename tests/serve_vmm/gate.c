/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what gate.h says. Must never: be entered twice by one thread. */
#include "gate.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "say.h"

int gate_open(struct gate *gate, uint64_t pause_at)
{
	gate->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (gate->fd < 0)
		return complain("eventfd", errno);
	gate->pause_at = pause_at;
	sem_init(&gate->pairs, 0, 0);
	pthread_mutex_init(&gate->lock, NULL);
	pthread_cond_init(&gate->changed, NULL);
	return 0;
}

void gate_close(struct gate *gate)
{
	pthread_cond_destroy(&gate->changed);
	pthread_mutex_destroy(&gate->lock);
	sem_destroy(&gate->pairs);
	close(gate->fd);
}

void gate_enter(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	while (gate->closed)
		pthread_cond_wait(&gate->changed, &gate->lock);
	gate->inside++;
	pthread_mutex_unlock(&gate->lock);
}

void gate_leave(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	if (--gate->inside == 0 && gate->closed)
		pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

void gate_count(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->accesses++;
	if (gate->accesses % 2 == 0)
		sem_post(&gate->pairs);
	if (gate->accesses == gate->pause_at) {
		gate->closed = true;
		eventfd_write(gate->fd, 1);
	}
	pthread_mutex_unlock(&gate->lock);
}

void gate_stop(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->closed = true;
	while (gate->inside)
		pthread_cond_wait(&gate->changed, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
}

void gate_go(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->closed = false;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}
