/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: giving up what root may do, once everything that needs it is open.
 * Must never: leave a way back.
 */
#ifndef SERVE_PRIVILEGES_H
#define SERVE_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

struct identity {
	uid_t uid; /* (uid_t)-1: stay who we are */
	gid_t gid;
};

/* "name", "name:group", "uid:gid"; the group of a name is its own. 0; -EINVAL; -ENOENT: unknown. */
int identity_parse(const char *text, struct identity *identity);

/*
 * Supplementary groups, gid, uid, all capability sets; no_new_privs and no core dump of guests'
 * memory (PR_SET_DUMPABLE 0). With keep_kill CAP_KILL stays, for --on-error kill of a VMM of
 * another user. Without an identity, as root, only no_new_privs and dumpable. 0 or -errno; then the
 * process must not go on. -EBUSY: it has other threads, which would keep their capabilities.
 */
int privileges_drop(const struct identity *identity, bool keep_kill);
/* What that would return, tried in a child. */
int privileges_try(const struct identity *identity, bool keep_kill);

#endif
