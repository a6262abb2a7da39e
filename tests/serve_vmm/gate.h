/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: "stop" and "go": between two accesses of an actor is where it stops.
 * Must never: let the one who stops the others wait without end while new ones come in.
 */
#ifndef SERVE_VMM_GATE_H
#define SERVE_VMM_GATE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

struct gate {
	pthread_rwlock_t lock;
	_Atomic uint64_t accesses;
	uint64_t pause_at; /* 0: never */
	int fd; /* eventfd: readable when pause_at is reached, or the actors have ended */
	_Atomic bool ended;
	sem_t pairs; /* posted for every second access */
};

int gate_open(struct gate *gate, uint64_t pause_at);
void gate_close(struct gate *gate);

/* An actor's, around what touches memory. */
void gate_enter(struct gate *gate);
void gate_leave(struct gate *gate);
/* Counts an access. */
void gate_count(struct gate *gate);

/* Returns when nobody touches memory. */
void gate_stop(struct gate *gate);
void gate_go(struct gate *gate);

#endif
