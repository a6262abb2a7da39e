/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file system without room for a state file, or for the states of a range, is -ENOSPC: nothing is
 * registered, no room is taken, and what fits is still good.
 */
#include "local.h"
#include "place.h"

#include <sys/statvfs.h>

#define SMALL 16u                 /* pages: their states are 8 bytes */
#define LARGE (UINT64_C(1) << 21) /* ... 1 MiB */

static uint64_t free_blocks(const struct place *p)
{
	struct statvfs st;

	ck_assert_int_eq(fstatvfs(p->fd, &st), 0);
	return st.f_bfree;
}

static int file_of(struct place *p, const char *blocks)
{
	const char *const options[] = {"nr_blocks", blocks, NULL};
	int fd;

	place_make_on(p, "tmpfs", options);
	fd = openat(p->fd, "file", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void no_room_for_a_file(void)
{
	struct uffd_ctx *ctx = NULL;
	struct place p;
	int fd = file_of(&p, "2");

	ck_assert_int_eq(local_try(&ctx, fd, 0), -ENOSPC);
	ck_assert_ptr_null(ctx);
	ck_assert_uint_eq(free_blocks(&p), 2);
	close(fd);
	place_end(&p);
}

static void no_room_for_a_range(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), length = (SMALL + LARGE) * page;
	uint8_t *memory = mmap(NULL, length, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct uffd_region *r = NULL, *other;
	struct uffd_ctx *ctx;
	struct place p;
	int fd = file_of(&p, "8");
	uint64_t before;

	ck_assert(memory != MAP_FAILED);
	ctx = local_ctx(fd);
	before = free_blocks(&p);
	ck_assert_int_eq(local_add(&r, ctx, memory, LARGE * page), -ENOSPC);
	ck_assert_ptr_null(r);
	ck_assert_uint_eq(free_blocks(&p), before);
	/* Not registered: it can be with another. */
	ck_assert_int_eq(local_add(&r, ctx, memory, SMALL * page), 0);
	ck_assert_int_eq(local_add(&other, ctx, memory + SMALL * page, LARGE * page), -ENOSPC);
	ck_assert_int_eq(uffd_demand(r, 0, SMALL * page, NULL), 0);
	local_release(ctx);
	ctx = local_ctx(fd);
	ck_assert_int_eq(local_add(&r, ctx, memory, SMALL * page), 0);
	ck_assert_int_eq(uffd_region_page(r, page), LIBUFFD_PAGE_CACHED);
	ck_assert_int_eq(local_loop(ctx), 0);
	ck_assert_int_eq(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	/* What a range has had is given back when it goes. */
	ck_assert_uint_eq(free_blocks(&p), before);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	munmap(memory, length);
	close(fd);
	place_end(&p);
}

static void full_file_system(void)
{
	no_room_for_a_file();
	no_room_for_a_range();
}

TEST_MAIN(full_file_system)
