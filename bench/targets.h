/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how targets are asked for.
 * Must never: know a figure.
 */
#ifndef BENCH_TARGETS_H
#define BENCH_TARGETS_H

#include "result.h"

/* Prints a line for every target of the bench that is missed; returns how many. */
int targets_missed(const struct results *r, const char *bench);

#endif
