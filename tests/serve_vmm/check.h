/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: a look at every word of every page at the end. Must never: leave one out. */
#ifndef SERVE_VMM_CHECK_H
#define SERVE_VMM_CHECK_H

#include "vmm.h"

/* When nobody else touches memory any more. How many pages of 4 KiB are lost, where they may be. */
uint64_t check_all(struct vmm *vmm);

#endif
