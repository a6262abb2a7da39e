/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the life of a VMM, from its memory to its last line. Must never: say "verified" untrue. */
#ifndef SERVE_VMM_RUN_H
#define SERVE_VMM_RUN_H

#include "options.h"

int run(const struct options *options);

#endif
