/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the command line. Must never: let two options contradict each other unsaid. */
#ifndef SERVE_VMM_OPTIONS_H
#define SERVE_VMM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define PLAYERS_MAX 16

/* Firecracker's versions whose messages differ. */
enum wire { WIRE_1_1, WIRE_1_7, WIRE_1_12 };

struct options {
	bool make; /* the file at path; otherwise run, with the socket at path */
	const char *path;
	uint64_t size; /* of guest memory, bytes */
	uint64_t unit; /* its pages, bytes */
	unsigned int regions;
	enum wire wire;
	bool split;     /* send byte by byte */
	bool twice;     /* on a second connection, too */
	bool no_remove; /* without UFFD_FEATURE_EVENT_REMOVE */
	unsigned int players;
	bool threads; /* instead of vCPUs */
	bool balloon;
	bool storm;
	unsigned int rounds;
	uint64_t pause_at;  /* accesses; 0: never */
	uint64_t lost_from; /* the first frame whose page may be lost */
	uint64_t patience_ns;
	uint64_t seed;
};

/* Ends the program where the command line makes no sense. */
void options_parse(struct options *options, int argc, char **argv);

#endif
