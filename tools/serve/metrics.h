/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the stats socket: whoever connects gets the metrics in Prometheus' text format 0.0.4: after
 * a GET with the HTTP/1.1 headers for it, otherwise bare. Must never: wait for a client, or keep
 * one longer than a second.
 */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include <stddef.h>

#include "serve/figures.h"

struct metrics;

/* Fills in what is told: *vms is the callee's until the next call. */
typedef size_t (*metrics_fn)(void *user, const struct vm_figures **vms, struct totals *totals);

/* listening: from listen_at(); becomes its own, unless this fails. 0 or -errno. */
int metrics_open(struct metrics **metrics, int listening, metrics_fn figures, void *user);
/* A descriptor that polls readable (level-triggered) when metrics_work() has something to do. */
int metrics_fd(const struct metrics *metrics);
void metrics_work(struct metrics *metrics);
void metrics_close(struct metrics *metrics);

/* The text alone, malloc'd; NULL: no memory. */
char *metrics_text(const struct vm_figures *vms, size_t count, const struct totals *totals);

#endif
