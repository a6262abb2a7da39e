/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how long it takes to fill memory that nobody has touched, from memory, in pieces of 2 MiB.
 * Must never: count setting the memory up, or fill it another way than the variant says.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bare.h"
#include "bench.h"
#include "content.h"
#include "library.h"
#include "util.h"

#define PIECE (2 * MIB)

struct bulk {
	const struct options *o;
	struct results *results;
	struct content content;
};

/* Memory to fill, registered by hand or by the library. */
struct target {
	uint8_t *memory;
	uint8_t *alias; /* a second mapping, or the memory where there is none */
	size_t length;
	int fd;   /* of the file behind it, -1: none */
	int uffd; /* by hand */
	struct uffd_ctx *ctx;
	struct uffd_region *region;
};

struct variant {
	const char *name;
	const char *baseline;
	bool memfd;
	bool library;
	void (*fill)(const struct target *t, const uint8_t *from);
};

static void check(const char *what, int error)
{
	if (error)
		fatal("bulk: %s: %s", what, strerror(-error));
}

static void write_file(int fd, const void *from, size_t length, uint64_t offset)
{
	if (pwrite(fd, from, length, (off_t)offset) != (ssize_t)length)
		fatal("bulk: pwrite: %m");
}

static void bare_fill_copy(const struct target *t, const uint8_t *from)
{
	for (size_t at = 0; at < t->length; at += PIECE)
		bare_copy(t->uffd, t->memory + at, from + at, PIECE);
}

static void bare_fill_pwrite(const struct target *t, const uint8_t *from)
{
	for (size_t at = 0; at < t->length; at += PIECE)
		write_file(t->fd, from + at, PIECE, at);
}

static void bare_fill_continue(const struct target *t, const uint8_t *from)
{
	for (size_t at = 0; at < t->length; at += PIECE) {
		write_file(t->fd, from + at, PIECE, at);
		bare_continue(t->uffd, t->memory + at, PIECE);
	}
}

/* Through a second mapping, as content that is received or decompressed there. */
static void bare_fill_alias(const struct target *t, const uint8_t *from)
{
	for (size_t at = 0; at < t->length; at += PIECE) {
		memcpy(t->alias + at, from + at, PIECE);
		bare_continue(t->uffd, t->memory + at, PIECE);
	}
}

static void claim(const struct target *t, uint64_t at)
{
	struct uffd_extent extent;

	check("uffd_claim", uffd_claim(t->region, at, PIECE, &extent));
	if (extent.offset != at || extent.length != PIECE)
		fatal("bulk: uffd_claim: part of a piece that is all empty");
}

static void library_fill_copy(const struct target *t, const uint8_t *from)
{
	for (size_t at = 0; at < t->length; at += PIECE) {
		claim(t, at);
		check("uffd_copy", uffd_copy(t->region, at, from + at, PIECE, 0));
	}
}

/* The source is from; in one call, as its user would. */
static void library_fill_prefetch(const struct target *t, const uint8_t *from)
{
	(void)from;
	check("uffd_prefetch", uffd_prefetch(t->region, 0, t->length));
}

static void library_fill_populate(const struct target *t, const uint8_t *from)
{
	for (size_t at = 0; at < t->length; at += PIECE) {
		claim(t, at);
		check("uffd_populate", uffd_populate(t->region, at, from + at, PIECE, 0));
	}
}

static void library_fill_alias(const struct target *t, const uint8_t *from)
{
	uint8_t *alias = uffd_region_alias(t->region);

	for (size_t at = 0; at < t->length; at += PIECE) {
		claim(t, at);
		memcpy(alias + at, from + at, PIECE);
		check("uffd_continue", uffd_continue(t->region, at, PIECE, 0));
	}
}

/* uffd_populate() maps nothing that nobody waits for, so it is held against pwrite(2) alone too. */
static const struct variant variants[] = {
	{"bare-copy", "bare-copy", false, false, bare_fill_copy},
	{"library-claim-copy", "bare-copy", false, true, library_fill_copy},
	{"library-prefetch", "bare-copy", false, true, library_fill_prefetch},
	{"bare-pwrite-continue", "bare-pwrite-continue", true, false, bare_fill_continue},
	{"bare-pwrite", "bare-pwrite-continue", true, false, bare_fill_pwrite},
	{"library-populate", "bare-pwrite-continue", true, true, library_fill_populate},
	{"bare-copy-memfd", "bare-copy-memfd", true, false, bare_fill_copy},
	{"library-prefetch-memfd", "bare-copy-memfd", true, true, library_fill_prefetch},
	{"bare-alias-continue", "bare-alias-continue", true, false, bare_fill_alias},
	{"library-alias-continue", "bare-alias-continue", true, true, library_fill_alias},
};

#define VARIANTS (sizeof(variants) / sizeof(variants[0]))

static int open_bare(struct target *t)
{
	uint64_t mode = UFFDIO_REGISTER_MODE_MISSING;

	if (t->fd >= 0)
		mode |= UFFDIO_REGISTER_MODE_MINOR;
	t->uffd = bare_open(0);
	return t->uffd < 0 ? t->uffd : bare_register(t->uffd, t->memory, t->length, mode);
}

static int open_library(struct target *t, const struct content *content)
{
	struct uffd_region_opts opts = {.size = sizeof(opts)};
	uint32_t modes = LIBUFFD_MISSING;
	int error = library_open(&t->ctx);

	if (error)
		return error;
	if (t->fd >= 0) {
		modes |= LIBUFFD_MINOR;
		opts.flags = LIBUFFD_REGION_FD | LIBUFFD_REGION_ALIAS;
		opts.fd = t->fd;
	}
	check("uffd_source_open_memory",
	      uffd_source_open_memory(&opts.source, content->memory, content->length));
	error = uffd_region_add(&t->region, t->ctx, t->memory, t->length, modes, &opts);
	uffd_source_close(opts.source);
	return error;
}

static void map_target(struct target *t, const struct variant *v, size_t length)
{
	t->length = length;
	t->fd = v->memfd ? memory_file(length) : -1;
	t->memory = v->memfd ? map_shared(t->fd, length) : map_anonymous(length);
	t->alias = v->memfd ? map_shared(t->fd, length) : t->memory;
}

static void close_target(struct target *t)
{
	if (t->ctx)
		check("uffd_ctx_close", uffd_ctx_close(t->ctx, LIBUFFD_CLOSE_REFUSE));
	if (t->uffd >= 0)
		close(t->uffd);
	if (t->alias != t->memory)
		unmap(t->alias, t->length);
	unmap(t->memory, t->length);
	if (t->fd >= 0)
		close(t->fd);
}

static void measure(struct bulk *b, int round, const struct variant *v)
{
	struct target t = {.uffd = -1};
	uint64_t start, ns;
	int error;

	map_target(&t, v, b->content.length);
	error = v->library ? open_library(&t, &b->content) : open_bare(&t);
	if (error == -EINVAL || error == -EOPNOTSUPP || error == -EPERM || error == -ENOSYS) {
		result_skip("bulk", v->name, strerror(-error));
		if (t.ctx)
			uffd_ctx_close(t.ctx, LIBUFFD_CLOSE_DROP);
		t.ctx = NULL;
		close_target(&t);
		return;
	}
	check(v->name, error);
	start = now_ns();
	v->fill(&t, b->content.memory);
	ns = now_ns() - start;
	content_verify(v->name, t.alias, t.length, 0);
	result_add(b->results, round, "bulk", v->name, "fill", "ms", v->baseline, (double)ns / 1e6);
	result_add(b->results, round, "bulk", v->name, "per page", "us", v->baseline,
		   (double)ns / 1e3 / (double)(t.length / page_size()));
	close_target(&t);
}

void bench_bulk(const struct options *o, struct results *results)
{
	uint64_t size = o->size ? o->size : o->quick ? 8 * MIB : 256 * MIB;
	struct bulk b = {.o = o, .results = results};

	pin_self(cpu_number(0));
	content_in_memory(&b.content, (size + PIECE - 1) / PIECE * PIECE);
	warm_memory(2 * b.content.length);
	for (int round = -1; round < o->rounds; round++) {
		for (size_t i = 0; i < VARIANTS; i++) {
			const struct variant *v = &variants[turn_of(i, round, VARIANTS)];

			if (wanted(o, v->name))
				measure(&b, round, v);
		}
	}
	content_free(&b.content);
}
