/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region of another process's memory with a source: AUTO copies, whole huge pages too, by fault,
 * demand and prefetch; the other process sees every byte right.
 */
#include "ways.h"
#include "process.h"

#include <sys/uio.h>

#define PAGES 1024u

static void right(const struct owner *o, const uint8_t *expected, size_t page, size_t pages)
{
	uint8_t *copy = malloc(pages * 4096);
	struct iovec local = {copy, pages * 4096};
	struct iovec remote = {(uint8_t *)o->memory.at + page * 4096, pages * 4096};

	/* Faults there, as the process itself would. */
	ck_assert_int_eq(process_vm_readv(o->pid, &local, 1, &remote, 1, 0),
			 (ssize_t)(pages * 4096));
	ck_assert_mem_eq(copy, expected + page * 4096, pages * 4096);
	free(copy);
}

static void another_process_is_filled_by_copy(void)
{
	struct uffd_region_opts opts = {.size = sizeof(opts),
					.flags = LIBUFFD_REGION_FOREIGN | LIBUFFD_REGION_REGISTERED,
					.backing = LIBUFFD_BACKING_ANON,
					.page_size = 4096};
	uint8_t *content = content_make(PAGES * 4096);
	struct uffd_region *region;
	struct uffd_prefetch *f;
	struct uffd_stats stats;
	struct uffd_loop *loop;
	struct uffd_ctx *ctx;
	struct owner o;

	owner_start(&o, UFFD_FEATURE_MOVE, UFFDIO_REGISTER_MODE_MISSING, PAGES);
	ck_assert_int_eq(uffd_ctx_adopt(&ctx, o.fd, UFFD_FEATURE_MOVE, NULL), 0);
	opts.source = file_source(content, PAGES * 4096);
	opts.install = LIBUFFD_INSTALL_MOVE;
	ck_assert_int_eq(
		uffd_region_add(&region, ctx, o.memory.at, o.memory.length, LIBUFFD_MISSING, &opts),
		-EOPNOTSUPP);
	opts.install = LIBUFFD_INSTALL_AUTO;
	ck_assert_int_eq(
		uffd_region_add(&region, ctx, o.memory.at, o.memory.length, LIBUFFD_MISSING, &opts),
		0);
	uffd_source_close(opts.source);
	loop = serve_start(ctx, NULL);
	right(&o, content, 700, 20);
	ck_assert_int_eq(uffd_demand(region, 30 * 4096, 4 * 4096, NULL), 0);
	ck_assert_int_eq(uffd_prefetch_start(&f, region, NULL), 0);
	ck_assert_int_eq(uffd_prefetch_wait(f, NULL), 0);
	uffd_prefetch_close(f);
	right(&o, content, 0, PAGES);
	stats = stats_of(ctx);
	ck_assert_uint_eq(stats.pages_copied, PAGES);
	ck_assert_uint_eq(stats.pages_moved, 0);
	ck_assert_int_eq(uffd_loop_close(loop), 0);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	owner_end(&o);
	munmap(content, PAGES * 4096);
}

TEST_MAIN(another_process_is_filled_by_copy)
