/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: SIGBUS: what a thread gets for a page that will never come. Must never: hide another one. */
#ifndef SERVE_VMM_GUARD_H
#define SERVE_VMM_GUARD_H

#include <stdbool.h>

/* Once, before there are threads. */
void guard_install(void);
/* Calls fn, which only touches memory; false: SIGBUS ended it. */
bool guarded(void (*fn)(void *argument), void *argument);

#endif
