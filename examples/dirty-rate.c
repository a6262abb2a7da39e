/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * How fast is memory written? Threads write to it in a pattern; every interval the pages that were
 * written since the last one are collected and counted, in a table and, if wanted, in a picture.
 *
 * What a program of your own needs is in watch_begin() and collect(): a region registered for WP,
 * uffd_dirty_start(), and uffd_dirty_collect() until it is at the region's end. With ASYNC the
 * kernel notices the writes and that is all; with SYNC a loop has to answer the first write to each
 * page.
 *
 * Collecting takes what pages have, as a migration would, so that in the end a write that was never
 * reported is found (rate/ledger.c).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uffd.h>

#include "rate/arena.h"
#include "rate/ledger.h"
#include "rate/options.h"
#include "rate/samples.h"
#include "rate/writers.h"
#include "vm/util.h"

#define EXIT_LOST 3
#define RANGES    1024u
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

struct watch {
	const struct rate_options *options;
	struct arena arena;
	struct ledger ledger;
	struct samples samples;
	struct uffd_ctx *ctx;
	struct uffd_region *region;
	struct uffd_loop *loop; /* with SYNC; NULL otherwise */
	struct uffd_dirty *dirty;
	uint64_t reported; /* pages, each as often as it was */
};

static int open_context(struct watch *w)
{
	struct uffd_open_report report = {0};
	struct uffd_ctx_opts opts = {
		.size = sizeof(opts),
		.flags = LIBUFFD_CTX_USER_MODE_ONLY, /* needs no privilege */
		.optional_features = UFFD_FEATURE_WP_UNPOPULATED,
		.report = &report,
	};
	char advice[1024];
	int ret;

	/* It excludes the other method. */
	if (w->options->method != LIBUFFD_DIRTY_SYNC)
		opts.optional_features |= UFFD_FEATURE_WP_ASYNC;
	ret = uffd_ctx_open(&w->ctx, &opts);
	if (ret == 0)
		return 0;
	complain_error("userfaultfd", ret);
	uffd_raw_open_advice(&report, advice, sizeof(advice));
	fputs(advice, stderr);
	return -1;
}

/* Protects the memory; from now on every write is noticed. 0, or -1 and it has said why. */
static int watch_begin(struct watch *w)
{
	struct uffd_loop_opts loop = {.size = sizeof(loop), .poller = w->options->poller};
	struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = w->options->method};
	int ret;

	if (open_context(w) < 0)
		return -1;
	ret = uffd_region_add(&w->region, w->ctx, w->arena.mem, w->arena.size, LIBUFFD_WP, NULL);
	if (ret < 0)
		return complain_error("uffd_region_add", ret);
	if (!(uffd_ctx_features(w->ctx) & UFFD_FEATURE_WP_ASYNC)) {
		ret = uffd_loop_start(&w->loop, w->ctx, &loop);
		if (ret < 0)
			return complain_error("uffd_loop_start", ret);
	}
	ret = uffd_dirty_start(&w->dirty, w->region, &opts);
	return ret < 0 ? complain_error("uffd_dirty_start", ret) : 0;
}

/* Nobody writes any more. 0, or -1 and it has said why. */
static int watch_end(struct watch *w)
{
	int ret = w->dirty ? uffd_dirty_stop(w->dirty) : 0;

	if (ret == 0 && w->loop)
		ret = uffd_loop_close(w->loop);
	if (ret == 0 && w->ctx)
		ret = uffd_ctx_close(w->ctx, LIBUFFD_CLOSE_REFUSE);
	return ret < 0 ? complain_error("the end", ret) : 0;
}

/* What was written since it was last called. 0, or -1 and it has said why. */
static int collect(struct watch *w, struct sample *sample)
{
	static struct uffd_range ranges[RANGES];
	uint64_t offset = 0;

	while (offset < w->arena.size) {
		uint64_t begin = now_ns();
		int64_t n = uffd_dirty_collect(w->dirty, &offset, ranges, RANGES);

		sample->collect_ns += now_ns() - begin;
		if (n < 0)
			return complain_error("uffd_dirty_collect", (int)n);
		for (int64_t i = 0; i < n; i++) {
			sample->pages += ranges[i].length / w->arena.page_size;
			ledger_report(&w->ledger, &ranges[i]);
		}
	}
	w->reported += sample->pages;
	return 0;
}

/* False: a signal came first. */
static bool sleep_until(uint64_t ns)
{
	struct timespec ts = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};

	while (!interrupted() &&
	       clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
	return !interrupted();
}

/* The intervals. 0, or -1 and it has said why. */
static int watch_writers(struct watch *w)
{
	uint64_t count = w->options->count, first = now_ns(), end = 0;

	samples_print_head();
	for (uint64_t i = 0; !count || i < count; i++) {
		struct sample sample = {.begin = end};

		if (!sleep_until(first + (i + 1) * w->options->interval_ms * NS_PER_MS))
			break;
		if (collect(w, &sample) < 0)
			return -1;
		sample.end = end = now_ns() - first;
		sample_print(&sample, &w->arena);
		if (samples_add(&w->samples, &sample) < 0)
			return -1;
	}
	return 0;
}

/* 0, -1, or EXIT_LOST; it has said why. */
static int verify(struct watch *w, const struct writers *writers)
{
	struct sample rest = {0};

	if (collect(w, &rest) < 0)
		return -1;
	printf("%" PRIu64 " pages more until the writers had stopped\n", rest.pages);
	printf("%" PRIu64 " writes, pages reported %" PRIu64 " times\n",
	       atomic_load(&writers->writes), w->reported);
	if (ledger_verify(&w->ledger, writers))
		return EXIT_LOST;
	printf("every write was reported\n");
	return 0;
}

static const char *describe(const struct watch *w, char *text, size_t size)
{
	const struct rate_options *o = w->options;
	char rate[48] = "as fast as possible";

	if (o->rate)
		snprintf(rate, sizeof(rate), "%" PRIu64 " pages/s", o->rate);
	snprintf(text, size, "%s, %s, %s, %" PRIu64 " thread%s, %s", memory_names[o->memory],
		 method_names[uffd_dirty_method(w->dirty)], pattern_names[o->pattern], o->threads,
		 o->threads == 1 ? "" : "s", rate);
	return text;
}

static int measure(struct watch *w)
{
	struct writers writers;
	char text[160];
	int ret;

	printf("%" PRIu64 " pages of %" PRIu64 " KiB, %s\n", w->arena.pages,
	       w->arena.page_size >> 10, describe(w, text, sizeof(text)));
	if (writers_start(&writers, w->options, &w->arena) < 0)
		return -1;
	ret = watch_writers(w);
	writers_stop(&writers);
	if (ret == 0)
		ret = verify(w, &writers);
	writers_free(&writers);
	if (w->options->plot && ret >= 0) {
		if (samples_draw(&w->samples, &w->arena, text, w->options->plot) < 0)
			return -1;
	}
	return ret;
}

static int run(const struct rate_options *options)
{
	struct watch w = {.options = options};
	int ret = -1;

	if (arena_map(&w.arena, options) == 0 &&
	    ledger_open(&w.ledger, &w.arena, options->lose) == 0 && watch_begin(&w) == 0)
		ret = measure(&w);
	if (watch_end(&w) < 0)
		ret = -1;
	ledger_close(&w.ledger);
	samples_free(&w.samples);
	arena_unmap(&w.arena);
	return ret < 0 ? EXIT_FAILURE : ret;
}

int main(int argc, char **argv)
{
	struct rate_options options;

	if (rate_options_parse(&options, argc, argv) < 0)
		return EXIT_FAILURE;
	if (options.help) {
		fputs(rate_help, stdout);
		return EXIT_SUCCESS;
	}
	catch_interrupts();
	return run(&options);
}
