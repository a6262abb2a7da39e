/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: uffd-serve's command line.
 * Must never: open what is named there.
 */
#ifndef SERVE_OPTIONS_H
#define SERVE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "serve/privileges.h"

/* What happens to a VM whose content cannot be had. */
enum on_error {
	ON_ERROR_POISON, /* who reads it gets SIGBUS */
	ON_ERROR_HOLD,   /* who reads it waits */
	ON_ERROR_KILL,   /* the VMM is killed */
};

struct options {
	const char *socket; /* NULL: systemd has it */
	const char *memory;
	char **layers; /* over it, in this order */
	size_t layer_count;
	const char *workingset;
	const char *stats;
	bool record;
	bool hydrate;
	bool hugepages;
	bool direct;
	bool takeover;
	struct identity user;  /* without --user: stay who we are */
	struct identity owner; /* of the sockets */
	mode_t mode;           /* ... */
	enum on_error on_error;
	uint32_t max_vms;
	uint32_t timeout_ms;
	uint32_t retries; /* as uffd_region_opts.max_retries */
};

enum parsed {
	PARSED_SERVE,
	PARSED_HELP,
	PARSED_VERSION,
	PARSED_WRONG, /* a line on standard error has said why */
};

extern const char options_usage[];

/* Keeps pointers into argv, and takes the commas out of it. */
enum parsed options_parse(struct options *options, int argc, char **argv);
void options_free(struct options *options);

#endif
