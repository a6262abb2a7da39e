/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Each error that uffd/snapshot.h documents of bad arguments, of files that will not do, and of
 * memory: with the result, the file and the region untouched.
 */
#include "../input/input.h"
#include "../support/place.h"
#include "../support/process.h"
#include "out.h"

#define PAGES 64u

static struct served s;
static int file;

static void refuses_parts(const struct uffd_snapshot_part *parts, uint32_t count, int fd,
			  const struct uffd_snapshot_opts *o, int error)
{
	struct uffd_snapshot *snapshot = NO_HANDLE(struct uffd_snapshot);
	int ret = uffd_snapshot_start(&snapshot, parts, count, fd, o);

	ck_assert_msg(ret == error, "uffd_snapshot_start: %d, expected %d", ret, error);
	ck_assert_ptr_eq(snapshot, NO_HANDLE(struct uffd_snapshot));
	ck_assert_int_eq(lseek(file, 0, SEEK_END), 0);
}

static void refuses(int fd, const struct uffd_snapshot_opts *o, int error)
{
	const struct uffd_snapshot_part part = {.region = s.region};

	refuses_parts(&part, 1, fd, o, error);
}

static void of_options(void)
{
	const struct uffd_snapshot_part part = {.region = s.region};
	struct uffd_snapshot_opts o = {.size = sizeof(o)};
	LONGER(struct uffd_snapshot_opts) longer = {.opts = {.size = sizeof(longer)}};
	struct uffd_snapshot *snapshot;

	EXPECT(uffd_snapshot_start(NULL, &part, 1, file, &o), -EINVAL);
	for (unsigned int bit = 1; bit < 32; bit++) {
		o.flags = UINT32_C(1) << bit;
		refuses(file, &o, -EINVAL);
	}
	o.flags = 0;
	o.reserved = 1;
	refuses(file, &o, -EINVAL);
	o.reserved = 0;
	o.size = 0;
	refuses(file, &o, -EINVAL);
	o.size = sizeof(o) - 8;
	refuses(file, &o, -EINVAL);
	o.size = sizeof(o);
	longer.bytes[sizeof(longer) - 1] = 1;
	refuses(file, &longer.opts, -E2BIG);
	longer.bytes[sizeof(longer) - 1] = 0;
	EXPECT(uffd_snapshot_start(&snapshot, &part, 1, file, &longer.opts), 0);
	EXPECT(uffd_snapshot_close(snapshot), 0);
	EXPECT(ftruncate(file, 0), 0);
	o.buffer_bytes = 1;
	refuses(file, &o, -EINVAL);
	o.buffer_bytes = SNAP_LEAST - 1;
	refuses(file, &o, -EINVAL);
}

static void of_parts(void)
{
	struct uffd_snapshot_part parts[3] = {{.region = s.region}};
	struct uffd_region *other, *foreign;
	struct test_memory m[2];
	struct uffd_ctx *ctx = serve_ctx(SNAP_WP);

	test_memory_make(&m[0], LIBUFFD_BACKING_ANON, PAGES);
	test_memory_make(&m[1], LIBUFFD_BACKING_ANON, PAGES);
	other = snap_region(s.ctx, &m[0], false, 0, (struct uffd_region_opts){0});
	foreign = snap_region(ctx, &m[1], false, 0, (struct uffd_region_opts){0});
	refuses_parts(NULL, 1, file, NULL, -EINVAL);
	refuses_parts(parts, 0, file, NULL, -EINVAL);
	refuses_parts(parts, 2, file, NULL, -EINVAL);
	parts[1] = (struct uffd_snapshot_part){s.region, (uint64_t)PAGES * 4096};
	refuses_parts(parts, 2, file, NULL, -EINVAL);
	parts[1] = (struct uffd_snapshot_part){foreign, (uint64_t)PAGES * 4096};
	refuses_parts(parts, 2, file, NULL, -EINVAL);
	parts[1] = (struct uffd_snapshot_part){other, (uint64_t)(PAGES - 1) * 4096};
	refuses_parts(parts, 2, file, NULL, -EINVAL);
	parts[1].offset = 0;
	refuses_parts(parts, 2, file, NULL, -EINVAL);
	parts[0].offset = 4096;
	refuses_parts(parts, 2, file, NULL, -EINVAL);
	parts[0].offset = 0;
	parts[1].offset = (uint64_t)PAGES * 4096 + 1;
	refuses_parts(parts, 2, file, NULL, -EINVAL);
	parts[1].offset = (uint64_t)PAGES * 4096 + 2048;
	refuses_parts(parts, 2, file, NULL, -EINVAL);
	parts[1].offset = UINT64_MAX - 4095;
	refuses_parts(parts, 2, file, NULL, -EINVAL);
	parts[1].offset = INT64_MAX - 4095;
	refuses_parts(parts, 2, file, NULL, -EINVAL);
	parts[0].region = NULL;
	refuses_parts(parts, 1, file, NULL, -EINVAL);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	EXPECT(uffd_region_remove(other, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m[0]);
	test_memory_free(&m[1]);
}

static void of_files(void)
{
	struct uffd_snapshot_opts o = {.size = sizeof(o), .write = out_write};
	int pipe_fds[2], fd, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct place p;

	refuses(file, &o, -EINVAL);
	refuses(-2, &o, -EINVAL);
	refuses(-1, NULL, -EINVAL);
	refuses(-2, NULL, -EINVAL);
	refuses(lowest_free(), NULL, -EBADF);
	refuses(null, NULL, -EOPNOTSUPP);
	close(null);
	EXPECT(pipe2(pipe_fds, O_CLOEXEC), 0);
	refuses(pipe_fds[1], NULL, -EOPNOTSUPP);
	refuses(pipe_fds[0], NULL, -EBADF);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	place_make(&p);
	fd = open(p.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	refuses(fd, NULL, -EINVAL);
	close(fd);
	fd = open(p.path, O_RDONLY | O_CLOEXEC);
	refuses(fd, NULL, -EBADF);
	close(fd);
	fd = open(p.path, O_PATH | O_CLOEXEC);
	refuses(fd, NULL, -EBADF);
	close(fd);
	fd = open(p.dir, O_RDONLY | O_CLOEXEC);
	refuses(fd, NULL, -EBADF);
	close(fd);
	place_end(&p);
}

static struct uffd_region *of_ctx(struct uffd_ctx **ctx, struct test_memory *m, uint64_t features,
				  uint32_t modes, struct uffd_region_opts o)
{
	struct uffd_region *r;

	*ctx = ctx_of_old_kernel(features);
	test_memory_make(m, LIBUFFD_BACKING_ANON, PAGES);
	o.size = sizeof(o);
	EXPECT(uffd_region_add(&r, *ctx, m->at, m->length, modes, &o), 0);
	return r;
}

static void of_memory(uint64_t features, uint32_t modes, struct uffd_region_opts o, int error)
{
	struct uffd_snapshot_part part = {0};
	struct uffd_ctx *ctx;
	struct test_memory m;

	part.region = of_ctx(&ctx, &m, features, modes, o);
	refuses_parts(&part, 1, file, NULL, error);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

static void of_memories(void)
{
	uint64_t wp = UFFD_FEATURE_PAGEFAULT_FLAG_WP;
	struct uffd_region_opts none = {0};

	of_memory(wp, LIBUFFD_MISSING, (struct uffd_region_opts){.fault = fault_never},
		  -EOPNOTSUPP);
	of_memory(wp, LIBUFFD_WP, none, -EOPNOTSUPP);
	of_memory(wp | UFFD_FEATURE_WP_UNPOPULATED, LIBUFFD_WP,
		  (struct uffd_region_opts){.wp_fault = wp_never}, -EBUSY);
	of_memory(wp | UFFD_FEATURE_WP_UNPOPULATED | UFFD_FEATURE_WP_ASYNC, LIBUFFD_WP, none,
		  -EOPNOTSUPP);
}

static void of_another_process(void)
{
	struct uffd_region_opts opts = {.size = sizeof(opts),
					.flags = LIBUFFD_REGION_FOREIGN | LIBUFFD_REGION_REGISTERED,
					.backing = LIBUFFD_BACKING_ANON,
					.page_size = 4096};
	struct uffd_snapshot_part part = {0};
	struct uffd_ctx *ctx;
	struct owner o;

	owner_start(&o, SNAP_WP, UFFDIO_REGISTER_MODE_WP, PAGES);
	EXPECT(uffd_ctx_adopt(&ctx, o.fd, SNAP_WP, NULL), 0);
	EXPECT(uffd_region_add(&part.region, ctx, o.memory.at, o.memory.length, LIBUFFD_WP, &opts),
	       0);
	refuses_parts(&part, 1, file, NULL, -EOPNOTSUPP);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	owner_end(&o);
}

static void of_the_others(void)
{
	struct uffd_snapshot_progress p = {.size = sizeof(p)};
	LONGER(struct uffd_snapshot_progress) longer = {.opts = {.size = sizeof(longer)}};
	struct timespec none = {.tv_nsec = 1000000000}, negative = {.tv_nsec = -1};
	struct uffd_snapshot *snapshot;

	EXPECT(uffd_snapshot_arm(NULL), -EINVAL);
	EXPECT(uffd_snapshot_wait(NULL, NULL), -EINVAL);
	EXPECT(uffd_snapshot_progress(NULL, &p), -EINVAL);
	EXPECT(uffd_snapshot_cancel(NULL), -EINVAL);
	EXPECT(uffd_snapshot_close(NULL), 0);
	snapshot = snap_start(s.region, file, (struct uffd_snapshot_opts){0});
	EXPECT(uffd_snapshot_progress(snapshot, NULL), -EINVAL);
	p.size = 0;
	EXPECT(uffd_snapshot_progress(snapshot, &p), -EINVAL);
	p.size = 7;
	EXPECT(uffd_snapshot_progress(snapshot, &p), -EINVAL);
	EXPECT(uffd_snapshot_progress(snapshot, &longer.opts), -E2BIG);
	EXPECT(uffd_snapshot_arm(snapshot), 0);
	EXPECT(uffd_snapshot_wait(snapshot, &none), -EINVAL);
	EXPECT(uffd_snapshot_wait(snapshot, &negative), -EINVAL);
	/* A program that knows less of it. */
	memset(&p, 0xee, sizeof(p));
	p.size = 2 * sizeof(uint64_t);
	EXPECT(uffd_snapshot_progress(snapshot, &p), 0);
	ck_assert_uint_eq(p.size, 2 * sizeof(uint64_t));
	ck_assert_uint_eq(p.bytes_total, PAGES * 4096);
	ck_assert_uint_eq(p.bytes_done, UINT64_C(0xeeeeeeeeeeeeeeee));
	EXPECT(snap_end(snapshot), 0);
}

static void bad_input(void)
{
	file = snap_file();
	snap_serve_anon(&s, PAGES);
	of_options();
	of_parts();
	of_files();
	of_memories();
	of_another_process();
	of_the_others();
	close(file);
	serve_end(&s);
}

TEST_MAIN(bad_input)
