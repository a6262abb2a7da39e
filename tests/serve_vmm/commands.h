/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the lines that a script writes to standard input: "stop" and "go"; "finish", after
 * which the round that goes on is the last; and --pause-at, which is a "stop" of its own.
 * Must never: need a script: the end of input is no command.
 */
#ifndef SERVE_VMM_COMMANDS_H
#define SERVE_VMM_COMMANDS_H

#include "vmm.h"

/* Does what it is told until commands_end(), and says "stopped" when it has. */
void commands_obey(struct vmm *vmm);
/* From another thread. */
void commands_end(struct vmm *vmm);

#endif
