/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a region costs that is far longer than what is ever touched of it: time to set up,
 * memory resident before and after touching, state per page.
 * Must never: touch more than a few pages of it.
 */
#include <stdio.h>
#include <string.h>

#include "content.h"
#include "library.h"
#include "scale.h"
#include "util.h"

#define TOUCHED 1024u

static const struct {
	const char *name;
	uint64_t length;
} regions[] = {{"sparse-1GiB", GIB}, {"sparse-64GiB", 64 * GIB}, {"sparse-1TiB", TIB}};

struct sparse {
	struct results *results;
	int round;
	const char *name;
	uint8_t *memory;
	uint64_t length;
	uint64_t step; /* between two pages that are touched */
	const struct content *content;
};

/* 1 GiB is the baseline of the others: what grows with the length shows as a ratio. */
static void add(const struct sparse *s, const char *metric, const char *unit, double value)
{
	result_add(s->results, s->round, "scale", s->name, metric, unit, regions[0].name, value);
}

static int copy_page(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	const struct sparse *s = user;
	uint64_t page = extent->offset / s->step;

	return uffd_copy(region, extent->offset, s->content->memory + page * page_size(),
			 extent->length, 0);
}

static int add_region(struct sparse *s, struct uffd_ctx *ctx)
{
	struct uffd_region_opts opts = {
		.size = sizeof(opts),
		.fault_around = page_size(),
		.fault = copy_page,
		.user = s,
	};
	struct uffd_region *region;

	return uffd_region_add(&region, ctx, s->memory, s->length, LIBUFFD_MISSING, &opts);
}

static double kib_more(uint64_t now, uint64_t before)
{
	return now > before ? (double)(now - before) / KIB : 0;
}

static void touch(const struct sparse *s, struct uffd_ctx *ctx, uint64_t resident)
{
	uint64_t tables = page_table_bytes();
	struct loop_thread loop;
	int error;

	error = loop_thread_start(&loop, ctx, cpu_number(0), LIBUFFD_POLLER_AUTO,
				  LIBUFFD_SPIN_ADAPTIVE);
	if (error)
		fatal("scale: uffd_loop_open: %s", strerror(-error));
	for (uint64_t i = 0; i < TOUCHED; i++) {
		if (*(const volatile uint64_t *)(s->memory + i * s->step) != content_word(i))
			fatal("%s: a thread saw wrong bytes", s->name);
	}
	loop_thread_stop(&loop);
	/* The pages themselves are 4096 KiB of it, where pages are 4 KiB. */
	add(s, "resident, 1024 pages touched", "KiB", kib_more(resident_bytes(), resident));
	add(s, "page tables, 1024 pages touched", "KiB", kib_more(page_table_bytes(), tables));
	for (uint64_t i = 0; i < TOUCHED; i++)
		content_verify(s->name, s->memory + i * s->step, page_size(), i);
}

static void measure(struct sparse *s)
{
	uint64_t resident, address_space, start, ns;
	struct uffd_ctx *ctx;
	int error = library_open(&ctx);

	if (error) {
		result_skip("scale", s->name, strerror(-error));
		return;
	}
	s->memory = map_sparse(s->length);
	if (!s->memory) {
		result_skip("scale", s->name, "no address space for it (overcommit, RLIMIT_AS)");
		uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP);
		return;
	}
	resident = resident_bytes();
	address_space = virtual_bytes();
	start = now_ns();
	error = add_region(s, ctx);
	ns = now_ns() - start;
	if (error)
		fatal("%s: uffd_region_add: %s", s->name, strerror(-error));
	add(s, "set-up", "ms", (double)ns / 1e6);
	add(s, "resident", "KiB", kib_more(resident_bytes(), resident));
	add(s, "state per page", "bytes",
	    (double)(virtual_bytes() - address_space) / ((double)s->length / page_size()));
	touch(s, ctx, resident);
	start = now_ns();
	error = uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP);
	if (error)
		fatal("%s: uffd_ctx_close: %s", s->name, strerror(-error));
	add(s, "tear-down", "ms", (double)(now_ns() - start) / 1e6);
	unmap(s->memory, s->length);
}

void scale_sparse(const struct options *o, struct results *results, int round)
{
	struct content content;

	content_in_memory(&content, TOUCHED * page_size());
	for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		struct sparse s = {
			.results = results,
			.round = round,
			.name = regions[i].name,
			.length = regions[i].length,
			.step = regions[i].length / TOUCHED,
			.content = &content,
		};

		if (wanted(o, s.name))
			measure(&s);
	}
	content_free(&content);
}
