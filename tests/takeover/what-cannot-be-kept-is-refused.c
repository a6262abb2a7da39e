/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * State is refused where another process could not go on from it: events that change where memory
 * is, shared memory, write-protection; and a descriptor that is none, or not to be written to.
 */
#include "local.h"

static void refused_features(int state)
{
	static const uint64_t features[] = {UFFD_FEATURE_EVENT_FORK, UFFD_FEATURE_EVENT_REMAP,
					    UFFD_FEATURE_EVENT_UNMAP};
	struct uffd_ctx_opts opts = {
		.size = sizeof(opts), .flags = LIBUFFD_CTX_STATE, .state_fd = state};
	struct uffd_ctx *ctx = NULL;

	for (size_t i = 0; i < 3; i++) {
		int uffd = test_uffd(features[i]);

		ck_assert_int_eq(local_try(&ctx, state, features[i]), -EOPNOTSUPP);
		ck_assert_int_eq(uffd_ctx_adopt(&ctx, uffd, features[i], &opts), -EOPNOTSUPP);
		ck_assert_ptr_null(ctx);
		close(uffd);
	}
}

static void refused_descriptors(int state)
{
	struct uffd_ctx_opts opts = {.size = sizeof(opts), .state_fd = state};
	struct uffd_ctx *ctx = NULL;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", state);
	ck_assert_int_eq(local_try(&ctx, -1, 0), -EBADF);
	ck_assert_int_eq(local_try(&ctx, 1 << 20, 0), -EBADF);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(local_try(&ctx, fd, 0), -EBADF);
	close(fd);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(local_try(&ctx, fd, 0), -EBADF);
	close(fd);
	fd = open(path, O_PATH | O_CLOEXEC);
	ck_assert_int_eq(local_try(&ctx, fd, 0), -EBADF);
	close(fd);
	/* The flag is what says that there is one. */
	ck_assert_int_eq(uffd_ctx_open(&ctx, &opts), -EINVAL);
	ck_assert_ptr_null(ctx);
}

static void refused_memory(int state)
{
	struct uffd_region_opts opts = {.size = sizeof(opts), .fault = local_fault};
	struct uffd_ctx *ctx = local_ctx(state);
	struct uffd_region *r = NULL;
	struct test_memory shared, private;

	test_memory_make(&shared, LIBUFFD_BACKING_SHMEM, 4);
	test_memory_make(&private, LIBUFFD_BACKING_ANON, 4);
	ck_assert_int_eq(uffd_region_add(&r, ctx, shared.at, shared.length, LIBUFFD_MISSING, &opts),
			 -EOPNOTSUPP);
	ck_assert_int_eq(uffd_region_add(&r, ctx, private.at, private.length,
					 LIBUFFD_MISSING | LIBUFFD_WP, &opts),
			 -EOPNOTSUPP);
	ck_assert_int_eq(uffd_region_add(&r, ctx, private.at, private.length, LIBUFFD_WP, &opts),
			 -EOPNOTSUPP);
	ck_assert_ptr_null(r);
	ck_assert_int_eq(
		uffd_region_add(&r, ctx, private.at, private.length, LIBUFFD_MISSING, &opts), 0);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&shared);
	test_memory_free(&private);
}

static void what_cannot_be_kept(void)
{
	int state = local_state();

	refused_features(state);
	refused_descriptors(state);
	refused_memory(state);
	close(state);
}

TEST_MAIN(what_cannot_be_kept)
