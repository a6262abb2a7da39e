/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the memory of every VM is filled from: the memory file and its layers, opened once.
 * Must never: be another content than the one that a VM began with.
 */
#ifndef SERVE_CONTENT_H
#define SERVE_CONTENT_H

#include <stdint.h>

#include <uffd/source.h>

#include "serve/options.h"

struct content {
	struct uffd_source *source;
	uint64_t length; /* bytes */
	/* Of which files it is, as they were when they were opened: which inodes, how long, and
	   when last written to. */
	uint64_t identity;
};

/* 0; -1: a line on standard error has said why. */
int content_open(struct content *content, const struct options *options);
void content_close(struct content *content);

#endif
