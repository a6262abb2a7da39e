/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What is asked of a process by its pidfd: a number may be another process's by now.
 */
#ifndef SERVE_PROCESS_H
#define SERVE_PROCESS_H

#include <stdbool.h>

/* SIGKILL. 0, also when it has ended; -EPERM: it is somebody else's. */
int kill_process(int pidfd);
bool process_has_ended(int pidfd);

#endif
