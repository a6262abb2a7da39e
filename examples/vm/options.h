/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the options that examples with a guest share.
 * Must never: exit on its own.
 */
#ifndef EXAMPLES_VM_OPTIONS_H
#define EXAMPLES_VM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
	uint64_t memory;       /* bytes */
	uint64_t fault_around; /* bytes; 0: the library's default */
	uint32_t poller;       /* LIBUFFD_POLLER_* */
	bool no_kvm;
	bool help;
	const char *command; /* the word that is no option, or NULL */
	char *snapshot;      /* PATH, or NULL */
	char **layers;       /* PATHs, the base first */
	size_t layer_count;  /* 0: none were given */

	/* How the memory comes, and what is kept of that. */
	bool prefetch;
	bool direct;
	const char *replay; /* FILE, or NULL */
	const char *record; /* FILE, or NULL */
	bool pack;
	const char *trace; /* FILE, or NULL */
};

/* What to print for --help, after the program's own lines. */
extern const char options_help[];

/* A poller's name to LIBUFFD_POLLER_*. 0, or -1 and it has said why. */
int parse_poller(const char *name, uint32_t *poller);
/* Whole MiB of memory, 3 GiB at most; what: the option. 0, or -1 and it has said why. */
int parse_memory(const char *what, const char *size, uint64_t *memory);

/* 0, or -1 and it has said why. */
int options_parse(struct options *options, int argc, char **argv);
void options_free(struct options *options);

#endif
