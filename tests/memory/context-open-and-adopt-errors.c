/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Each reason not to make a context has its error; a descriptor that is refused stays the caller's.
 */
#include "claims.h"

#include <sys/resource.h>

static void opening(void)
{
	struct uffd_open_report report = {1, 1};
	struct uffd_ctx_opts o = {.size = sizeof(o), .report = &report};
	struct uffd_ctx *ctx = serve_ctx(0);

	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	ck_assert_int_eq(uffd_ctx_open(NULL, NULL), -EINVAL);
	o.size = 8;
	ck_assert_int_eq(uffd_ctx_open(&ctx, &o), -EINVAL);
	o.size = sizeof(o);
	o.flags = UINT32_C(1) << 31;
	ck_assert_int_eq(uffd_ctx_open(&ctx, &o), -EINVAL);
	o.flags = 0;
	o.reserved = 1;
	ck_assert_int_eq(uffd_ctx_open(&ctx, &o), -EINVAL);
	o.reserved = 0;
	o.features = UINT64_C(1) << 63;
	ck_assert_int_eq(uffd_ctx_open(&ctx, &o), -EOPNOTSUPP);
	o.features = 0;
	o.optional_features = UINT64_C(1) << 63;
	ck_assert_int_eq(uffd_ctx_open(&ctx, &o), 0);
	ck_assert_uint_eq(uffd_ctx_features(ctx) >> 63, 0);
	ck_assert(report.syscall_error == 0 || report.device_error == 0);
	ck_assert_int_ge(uffd_ctx_fd(ctx), 0);
	ck_assert_int_ne(fcntl(uffd_ctx_fd(ctx), F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(uffd_ctx_fd(ctx), F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	ck_assert_int_eq(uffd_ctx_fd(NULL), -EINVAL);
	ck_assert_uint_eq(uffd_ctx_features(NULL), 0);
	ck_assert_uint_eq(uffd_version(), LIBUFFD_VERSION);
}

/* Only what adds an ability is taken unasked. */
static void features(void)
{
	uint64_t changing = UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP |
			    UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_EVENT_UNMAP |
			    UFFD_FEATURE_SIGBUS | UFFD_FEATURE_WP_UNPOPULATED |
			    UFFD_FEATURE_WP_ASYNC;
	struct uffd_ctx *ctx = serve_ctx(0);
	uint64_t has;

	ck_assert_uint_eq(uffd_ctx_features(ctx) & changing, 0);
	ck_assert_int_eq(uffd_raw_features(&has), 0);
	ck_assert_uint_eq(uffd_ctx_features(ctx) & UFFD_FEATURE_MISSING_SHMEM,
			  has & UFFD_FEATURE_MISSING_SHMEM);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	if (has & UFFD_FEATURE_WP_ASYNC) {
		ctx = serve_ctx(UFFD_FEATURE_WP_ASYNC);
		ck_assert(uffd_ctx_features(ctx) & UFFD_FEATURE_WP_UNPOPULATED);
		ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	}
}

static void adopting(void)
{
	struct uffd_ctx_opts o = {.size = sizeof(o), .features = 1};
	struct uffd_ctx *ctx = NULL;
	int uffd = test_uffd(0), memfd = memfd_create("x", MFD_CLOEXEC), fresh, closed = dup(memfd);

	close(closed);
	ck_assert_int_eq(uffd_ctx_adopt(NULL, uffd, 0, NULL), -EINVAL);
	ck_assert_int_eq(uffd_ctx_adopt(&ctx, uffd, 0, &o), -EINVAL);
	o.features = 0;
	o.optional_features = 1;
	ck_assert_int_eq(uffd_ctx_adopt(&ctx, uffd, 0, &o), -EINVAL);
	ck_assert_int_eq(uffd_ctx_adopt(&ctx, -1, 0, NULL), -EBADF);
	ck_assert_int_eq(uffd_ctx_adopt(&ctx, closed, 0, NULL), -EBADF);
	ck_assert_int_eq(uffd_ctx_adopt(&ctx, memfd, 0, NULL), -ENOTTY);
	fresh = uffd_raw_open(O_CLOEXEC, NULL);
	ck_assert_int_ge(fresh, 0);
	ck_assert_int_eq(uffd_ctx_adopt(&ctx, fresh, 0, NULL), -EPROTO);
	ck_assert_ptr_null(ctx);
	/* All of them are still open, and the last can still be shaken hands with. */
	ck_assert_int_ge(fcntl(uffd, F_GETFD), 0);
	ck_assert_int_ge(fcntl(memfd, F_GETFD), 0);
	ck_assert_int_eq(uffd_raw_api(fresh, 0, NULL, NULL), 0);
	ck_assert_int_eq(fcntl(fresh, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(uffd_ctx_adopt(&ctx, fresh, 0, NULL), 0);
	ck_assert_int_ne(fcntl(fresh, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	ck_assert_int_eq(fcntl(fresh, F_GETFD), -1);
	close(memfd);
	close(uffd);
}

static void too_few_descriptors(void)
{
	int used = dup(0);
	struct rlimit old, none;
	struct uffd_ctx *ctx;
	int ret;

	ck_assert_int_ge(used, 0);
	close(used);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){(rlim_t)used, old.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ret = uffd_ctx_open(&ctx, NULL);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_int_eq(ret, -EMFILE);
}

static void context_errors(void)
{
	opening();
	features();
	adopting();
	too_few_descriptors();
}
TEST_MAIN(context_errors)
