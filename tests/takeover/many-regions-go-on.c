/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory in many regions, one thrown-away stretch over several of them that a killed server had
 * read: each has its part of it. A region that was removed is not in the file any more, and a
 * context that was released is gone on with as it was.
 */
#include "server.h"

#define REGIONS 8u
#define EACH    8u /* pages */
#define PAGES   (REGIONS * EACH)

int64_t __real_uffd_raw_read(int fd, struct uffd_msg *messages, size_t count);
int64_t __wrap_uffd_raw_read(int fd, struct uffd_msg *messages, size_t count);

static struct vmm v;
static struct uffd_region *regions[REGIONS];
static uint8_t *content;
static bool armed;

int64_t __wrap_uffd_raw_read(int fd, struct uffd_msg *messages, size_t count)
{
	int64_t n = __real_uffd_raw_read(fd, messages, count);

	if (armed && n > 0)
		raise(SIGKILL);
	return n;
}

/* Its own part of the content is the region's user. */
static int add(struct uffd_ctx *ctx, unsigned int i)
{
	size_t at = i * EACH * v.page;
	struct uffd_region_opts opts = server_opts(&v, server_fault, content + at);

	return uffd_region_add(&regions[i], ctx, v.at + at, EACH * v.page, LIBUFFD_MISSING, &opts);
}

static struct uffd_ctx *make(int state, unsigned int count)
{
	struct uffd_ctx *ctx = NULL;

	ck_assert_int_eq(state_try(&ctx, &v, state), 0);
	for (unsigned int i = 0; i < count; i++)
		ck_assert_int_eq(add(ctx, i), 0);
	return ctx;
}

static void dies(const struct vmm *vmm, int state)
{
	struct uffd_loop_opts opts = serve_loop_opts();
	struct uffd_loop *loop;
	struct uffd_ctx *ctx;
	int ret;

	if (state_try(&ctx, vmm, state) < 0)
		return;
	for (unsigned int i = 0; i < REGIONS; i++)
		if (add(ctx, i) < 0)
			return;
	ret = uffd_loop_open(&loop, ctx, &opts);
	if (ret == -ENOSYS || ret == -EPERM || ret == -EOPNOTSUPP)
		_exit(SERVER_SKIPPED);
	if (ret == 0)
		uffd_loop_run(loop);
}

static void release(struct uffd_ctx *ctx)
{
	int fd;

	ck_assert_int_eq(uffd_ctx_release(ctx, &fd), 0);
	close(fd);
}

static void expect_zeros(uint64_t first, uint64_t end)
{
	for (uint64_t p = 0; p < PAGES; p++)
		ck_assert_msg(vmm_reads(&v, p, 0) ==
				      (p >= first && p < end ? SAW_ZEROS : SAW_CONTENT),
			      "page %llu", (unsigned long long)p);
}

static void many_regions(void)
{
	int state = state_make();
	struct uffd_loop *loop;
	struct uffd_ctx *ctx;
	pid_t pid;

	vmm_make(&v, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE, NULL);
	content = content_make(PAGES * v.page);
	ctx = make(state, REGIONS);
	ck_assert_int_eq(uffd_demand(regions[2], 0, EACH * v.page, NULL), 0);
	release(ctx);
	/* From the middle of the second to the middle of the last but one. */
	vmm_ask(&v, 1, VMM_DISCARD, EACH + 3, (REGIONS - 3) * EACH, 0);
	WAIT_UNTIL(vmm_is_asleep(&v, 1));
	armed = true;
	pid = server_fork(&v, state, dies);
	server_died(pid);
	armed = false;
	vmm_wait(&v, 1);

	ctx = make(state, REGIONS);
	loop = serve_start(ctx, NULL);
	expect_zeros(EACH + 3, EACH + 3 + (REGIONS - 3) * EACH);
	ck_assert_int_eq(uffd_region_remove(regions[REGIONS - 1], LIBUFFD_CLOSE_REFUSE), 0);
	ck_assert_int_eq(uffd_loop_close(loop), 0);
	release(ctx);

	/* All that are left, or no loop. */
	ctx = make(state, REGIONS - 2);
	ck_assert_int_eq(uffd_loop_start(&loop, ctx, NULL), -ENXIO);
	ck_assert_int_eq(add(ctx, REGIONS - 2), 0);
	loop = serve_start(ctx, NULL);
	expect_zeros(EACH + 3, EACH + 3 + (REGIONS - 3) * EACH);
	ck_assert_int_eq(uffd_loop_close(loop), 0);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	/* Closed, not released: nothing is left to go on with. */
	ctx = make(state, 0);
	ck_assert_int_eq(uffd_loop_open(&loop, ctx, NULL), 0);
	ck_assert_int_eq(uffd_loop_close(loop), 0);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	vmm_end(&v);
	munmap(content, PAGES * v.page);
	close(state);
}

TEST_MAIN(many_regions)
