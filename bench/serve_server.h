/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a process of uffd-serve as its supervisor sees it: started, listened to, ended.
 * Must never: outlive the bench.
 */
#ifndef BENCH_SERVE_SERVER_H
#define BENCH_SERVE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "serve.h"

struct serve_server {
	pid_t pid;
	int pidfd;
	int output;
	char *text; /* what it has said */
	size_t length;
};

/* Returns at once: it need not have begun. */
void serve_server_start(struct serve_server *server, const struct serve *s, bool takeover);
/* Returns when it has reported that event. */
void serve_server_await(struct serve_server *server, const char *event);

/* Waits for the server's end, and ends the bench where that is not one of status 0. */
void serve_server_ended(struct serve_server *server);
/* Tells it to stop first. */
void serve_server_stop(struct serve_server *server);
/* Kills it, and returns when it is dead. */
void serve_server_kill(struct serve_server *server);

/*
 * Until fd can be read; what the server says meanwhile is read, too, that it need not wait.
 * False: it lasts longer than that.
 */
bool serve_server_wait(struct serve_server *server, int fd, int patience_ms);

/* Shows what the server has said, and ends the bench as fatal(). */
_Noreturn __attribute__((format(printf, 2, 3))) void serve_server_fatal(struct serve_server *server,
									const char *format, ...);

#endif
