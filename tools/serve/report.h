/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what standard output gets: a line that keeps changing for each VM on a terminal, one JSON
 * object a line otherwise. And standard error: one line for each thing that went wrong. Must never:
 * block the server: what cannot be written at once is dropped, and counted. Print bytes of a peer
 * as they are: what is not printable is escaped.
 */
#ifndef SERVE_REPORT_H
#define SERVE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "serve/figures.h"

struct report;

/*
 * fd stays the caller's. progress_ms: how often progress is told, at most. SIGPIPE and SIGTTOU are
 * ignored in the whole process from then on. 0 or -errno. One thread, as for all of this file.
 */
int report_open(struct report **report, int fd, unsigned int progress_ms);
void report_close(struct report *report);

/* The server: "listening", "taken-over", "yielding", "stopping", "stopped"; detail may be NULL. */
void report_server(struct report *report, const char *event, const char *detail);
/* Something that happened to a VM: "connected", "serving", "complete", "lost", "killed", "ended". */
void report_vm(struct report *report, const char *event, const struct vm_figures *vm,
	       const char *detail);
/* A connection that was refused; pid 0: unknown. Also one line to standard error. */
void report_refused(struct report *report, enum refusal why, pid_t pid, const char *detail);
/* An error or warning of the server or of the library (vm 0: of no VM). To standard error. */
void report_log(struct report *report, int level, uint32_t vm, const char *line);
/*
 * Progress of all VMs, if it is time. Milliseconds until it is, or -1: nothing has changed since it
 * was told, and no dropped line is left to be told of.
 */
int report_progress(struct report *report, const struct vm_figures *vms, size_t count);

/* The word of a refusal: "silent", "closed", "handshake", "regions", "descriptor", ... */
const char *refusal_name(enum refusal why);

#endif
