/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What is told of a VM, and of all of them: to a terminal, as JSON lines, as metrics. */
#ifndef SERVE_FIGURES_H
#define SERVE_FIGURES_H

#include <stdint.h>
#include <sys/types.h>

struct vm_figures {
	uint32_t id;
	pid_t pid;
	const char *state; /* "serving", "complete" (nothing is left to be filled), "held" (content
			      was lost, and its readers wait), "ended" */
	uint64_t bytes_total;
	uint64_t bytes_filled;
	uint64_t bytes_discarded; /* thrown away by the guest, all told */
	uint64_t faults;
	uint64_t reads;
	uint64_t read_bytes;
	uint64_t read_errors;
	uint64_t bytes_lost; /* whose content could not be had */
	uint64_t p50_ns;
	uint64_t p99_ns;
	uint64_t age_ns; /* since its handshake, or since it was taken over */
};

/* Why a connection was refused: label values of a metric, and the word in its line. */
enum refusal {
	REFUSED_SILENT,     /* said nothing, or not all, in time or until its place was wanted */
	REFUSED_CLOSED,     /* closed before its handshake was complete */
	REFUSED_HANDSHAKE,  /* the text: not JSON, types, numbers, size */
	REFUSED_REGIONS,    /* overlapping, past the memory file, more than it, page sizes */
	REFUSED_DESCRIPTOR, /* none, more than one, no userfaultfd, served already */
	REFUSED_MEMORY,     /* the regions cannot be served: gone, or not registered */
	REFUSED_RESOURCES,  /* too many VMs, descriptors, memory */
	REFUSALS,
};

struct totals {
	uint64_t connections;
	uint64_t refused[REFUSALS];
	uint64_t served; /* VMs, all told */
	uint64_t ended;
	uint64_t killed;     /* by --on-error kill */
	uint64_t taken_over; /* VMs that this process got from another */
	uint64_t started_ns; /* CLOCK_MONOTONIC */
};

#endif
