/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: "stop" and "go": between two accesses of an actor is where it stops. Must never: let an
 * actor in once it is closed, however soon the one who waits for the others comes.
 */
#ifndef SERVE_VMM_GATE_H
#define SERVE_VMM_GATE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned int inside; /* actors that may touch memory */
	bool closed;
	uint64_t accesses;
	uint64_t pause_at; /* then it is closed; 0: never */
	sem_t pairs;       /* posted for every second access */
	int fd; /* eventfd: readable when pause_at is reached, or the actors have ended */
	_Atomic bool ended;
};

int gate_open(struct gate *gate, uint64_t pause_at);
void gate_close(struct gate *gate);

/* An actor's, around what touches memory. */
void gate_enter(struct gate *gate);
void gate_leave(struct gate *gate);
/* Counts an access of somebody inside. */
void gate_count(struct gate *gate);

/* Returns when nobody is inside. */
void gate_stop(struct gate *gate);
void gate_go(struct gate *gate);

#endif
