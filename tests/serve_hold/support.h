/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A directory for sockets, servers in processes of their own, and a look into the holder's. */
#ifndef SERVE_HOLD_SUPPORT_H
#define SERVE_HOLD_SUPPORT_H

#include "test.h"

#include <sys/types.h>

#include "serve/hold.h"
#include "serve/hold_wire.h"

struct place {
	char dir[64];
	char socket[128]; /* the server's, not made yet */
	char hold[128];   /* the holder's */
};
/* The test becomes the parent of what its children leave behind. */
void place_make(struct place *p);
/* Fails the test if anything is left in it. */
void place_free(struct place *p);
bool exists(const char *path);
/* The names in a directory, but for "." and "..". */
int files_in(const char *dir);

/* Waits until a child of the test, or of its children, has ended. Its status. */
int await_end(pid_t pid);
/* Open descriptors of a process; skips the test where that is not to be seen. */
int descriptors_of(pid_t pid);
/* Repeats until it has so many, at most ten seconds: an answer comes before what follows it. */
void await_descriptors(pid_t pid, int wanted);

/* A memfd whose content is its name, and whether a descriptor is that one. */
int named_memfd(const char *name);
bool is_named(int fd, const char *name);
int put_named(struct hold *hold, const char *name);

/* Closes all that came; how many. */
size_t drop_entries(struct hold *hold);
/* The entry of a name, or NULL. */
const struct hold_entry *entry_of(struct hold *hold, const char *name);

/* A server in a child: fn runs there and must not use ck_assert_*; it says when it is ready. */
struct server {
	pid_t pid;
	int ready; /* the end of a pipe to read */
};
void server_start(struct server *s, void (*fn)(const struct place *p, int ready),
		  const struct place *p);
/* Waits for a number the server says. */
int server_says(const struct server *s);
void say(int ready, int number);
void server_kill(struct server *s);
/* For the end of fn: the server sleeps until it is killed. */
__attribute__((noreturn)) void sleep_for_good(void);

/* A socket that listens at the server's place; -1: standard error tells why. */
int listen_there(const struct place *p);
/* A server with that socket and a holder, whose pid it says. For server_start(). */
void listen_and_hold(const struct place *p, int ready);
/* A client of the server, connected to its socket. */
int client_connect(const struct place *p);

/* A connection to the holder, by hand. */
int visitor_connect(const struct place *p);
void visitor_send(int fd, uint32_t word, const char *name, const int *fds, uint32_t count);
/* The error of the answer; fd: what came with it, or -1. Waits, at most ten seconds. */
int visitor_answer(int fd, struct hold_message *answer, int *came);
int visitor_error(int fd); /* ... with nothing */
/* Waits until the holder closes it. */
void visitor_expect_end(int fd);

#endif
