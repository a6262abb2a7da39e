/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the report. Must never: judge. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

#include <uffd/loop.h>

static void report_in_one_line(const struct uffd_stats *s, double first_ms, double last_ms,
			       const struct ways *ways)
{
	printf("by fault%s%s%s%s", ways->ahead->replay ? ", replayed" : "",
	       ways->ahead->hydration ? ", prefetched" : "", ways->recorded ? ", recorded" : "",
	       ways->direct ? ", direct" : "");
	if (ways->layers > 1)
		printf(", %zu layers", ways->layers);
	printf(": first %s %.1f ms, last page %.1f ms, %.1f MiB read, %" PRIu64 " faults\n",
	       ways->counts ? "sign" : "instruction", first_ms, last_ms,
	       (double)s->read_bytes / 0x1p20, s->faults_missing + s->faults_minor);
}

void report(const struct uffd_stats *s, const struct outcome *outcome, uint64_t begin_ns,
	    const struct ways *ways)
{
	double first_ms = (double)(outcome->resumed_ns - begin_ns) / 1e6;
	double last_ms = (double)(outcome->ended_ns - begin_ns) / 1e6;

	printf("time to first guest %-11s %10.3f ms\n", ways->counts ? "sign" : "instruction",
	       first_ms);
	printf("time to last page               %10.3f ms\n", last_ms);
	printf("faults  missing %" PRIu64 ", minor %" PRIu64 "\n", s->faults_missing,
	       s->faults_minor);
	printf("pages   by fault %" PRIu64 ", fault-around %" PRIu64 ", prefetch %" PRIu64
	       ", demand %" PRIu64 "\n",
	       s->pages_fault, s->pages_around, s->pages_prefetch, s->pages_demand);
	printf("reads   %" PRIu64 ", %.1f MiB\n", s->reads, (double)s->read_bytes / 0x1p20);
	ahead_report(ways->ahead);
	printf("latency p50 %.1f us, p99 %.1f us\n", (double)uffd_stats_latency(s, 500) / 1e3,
	       (double)uffd_stats_latency(s, 990) / 1e3);
	printf("poller  %s%s\n", s->poller == LIBUFFD_POLLER_URING ? "io_uring" : "poll",
	       s->multishot ? ", multishot" : "");
	report_in_one_line(s, first_ms, last_ms, ways);
}
