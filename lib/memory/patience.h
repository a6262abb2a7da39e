/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how long an ioctl that said EAGAIN is tried again.
 * Must never: be used under the gate: the reader must read then.
 */
#ifndef MEMORY_PATIENCE_H
#define MEMORY_PATIENCE_H

#include <stdint.h>

struct uffd_region;

/* How long a changing mapping has been waited for: zeros to begin with, and after each success. */
struct patience {
	uint64_t since;
};

/*
 * Waits until it is worth another try, and lets the reader read. 0; -EAGAIN when that took too
 * long, a second in all.
 */
int patience_wait(struct uffd_region *r, struct patience *p);

#endif
