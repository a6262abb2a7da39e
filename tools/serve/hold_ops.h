/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what hold.c knows of the two ways to hold descriptors.
 * Must never: be seen outside of hold*.c.
 */
#ifndef SERVE_HOLD_OPS_H
#define SERVE_HOLD_OPS_H

#include "serve/hold.h"

struct hold_ops {
	int (*put)(struct hold *hold, const char *name, int fd);
	int (*remove)(struct hold *hold, const char *name);
	int (*accept)(struct hold *hold, const char *vm, int listening);
	int (*fd)(const struct hold *hold);
	int (*channel)(const struct hold *hold);
	int (*renew)(struct hold *hold);
	bool (*must_yield)(struct hold *hold);
	int (*pid)(const struct hold *hold);
	void (*close)(struct hold *hold); /* frees it, but for the entries */
};

/* The beginning of what each way allocates. */
struct hold {
	const struct hold_ops *ops;
	struct hold_entry *entries;
	size_t count;
};

int hold_process_open(struct hold **hold, const char *socket_path);
int hold_process_takeover(struct hold **hold, const char *socket_path);
int hold_process_find(const char *socket_path, const char *beginning, char name[HOLD_NAME_MAX]);
int hold_process_count_vms(const char *socket_path);
/* -ENOSYS: compiled without it. */
int hold_systemd_open(struct hold **hold);

/* The names of a VM's connection and process. -EINVAL: vm does not begin as it has to, or is long. */
int hold_client_names(const char *vm, char conn[HOLD_NAME_MAX], char pidfd[HOLD_NAME_MAX]);

/* Letters, digits, '-' and '.', with its NUL in HOLD_NAME_MAX bytes. */
bool hold_name_valid(const char name[HOLD_NAME_MAX]);
/* Whether it is what (HOLD_CONN, HOLD_PIDFD ...) of a VM. */
bool hold_name_is(const char *name, const char *what);
/*
 * Whether descriptors that clients have sent may be under way in what it names, a connection or the
 * socket where they wait: then close(2) may wait for them.
 */
bool hold_name_is_of_clients(const char *name);

#endif
