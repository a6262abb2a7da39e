/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the options of vm-snapshot-live.
 * Must never: exit on its own.
 */
#ifndef EXAMPLES_VM_LIVE_OPTIONS_H
#define EXAMPLES_VM_LIVE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

struct live_options {
	struct options vm; /* memory, poller, no_kvm and help; the rest is for vm-restore */
	uint64_t rounds;
	uint64_t times;
	uint64_t buffer; /* bytes; 0: the library's default */
	bool no_stop;
	char *out;         /* PATH, or NULL */
	char **diffs;      /* PATHs */
	size_t diff_count; /* fewer than LIBUFFD_LAYERS_MAX */
};

extern const char live_options_help[];

/* 0, or -1 and it has said why. */
int live_options_parse(struct live_options *options, int argc, char **argv);
void live_options_free(struct live_options *options);

#endif
