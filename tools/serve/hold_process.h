/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the files of a holder process's server share: the connection, and asking over it.
 * Must never: be seen outside of hold_process*.c.
 */
#ifndef SERVE_HOLD_PROCESS_H
#define SERVE_HOLD_PROCESS_H

#include <sys/types.h>

#include "serve/hold_copies.h"
#include "serve/hold_ops.h"
#include "serve/hold_wire.h"

struct hold_process {
	struct hold hold;
	char *path; /* of the server's socket */
	int channel;
	int yield; /* eventfd, written by the holder */
	pid_t pid;
	uint32_t sequence;
	bool child;  /* forked by this process, which has to wait for it */
	bool ended;  /* it has said so, or closed its end */
	bool yields; /* it has been read from the eventfd */
	struct hold_copies copies;
};

/* hold_process.c */
/* NULL: no memory. Nothing is open. */
struct hold_process *hold_process_new(const char *socket_path);
void hold_process_free(struct hold_process *p);
/* The answer to the last request; fd: the caller's, -1: none came with it. */
int hold_process_receive(struct hold_process *p, struct hold_message *answer, int *fd);
/* fd: what goes with it, or -1. taken: what came with the answer, or NULL. */
int hold_process_request(struct hold_process *p, enum hold_word word, const char *name, int fd,
			 struct hold_message *answer, int *taken);
/* How long an answer is waited for: a holder that is stopped must not stop its server for good. */
int hold_process_set_patience(const struct hold_process *p, int ms);

/* hold_process_start.c: another holder in the place of one that has died. */
int hold_process_renew(struct hold *hold);

#endif
