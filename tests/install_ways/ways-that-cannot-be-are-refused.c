/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A way that the memory, the modes or the options cannot do is -EOPNOTSUPP, one that does not
 * exist, or is asked for without a source, -EINVAL; and nothing is left registered: AUTO makes the
 * region then.
 */
#include "ways.h"

#define PAGES 2u

static struct uffd_ctx *ctx;

static int add(const struct test_memory *m, uint32_t modes, uint32_t flags, uint32_t install,
	       bool with_source)
{
	struct uffd_source *source = plain_source(m->length);
	struct uffd_region_opts opts = {.size = sizeof(opts), .flags = flags, .install = install};
	struct uffd_region *region = NULL;
	int ret;

	if (with_source)
		opts.source = source;
	else
		opts.fault = served_fault;
	if (flags & LIBUFFD_REGION_FOREIGN) {
		opts.backing = m->fd < 0 ? LIBUFFD_BACKING_ANON : LIBUFFD_BACKING_SHMEM;
		opts.page_size = m->page;
	}
	if (flags & LIBUFFD_REGION_FD)
		opts.fd = m->fd;
	ret = uffd_region_add(&region, ctx, m->at, m->length, modes, &opts);
	uffd_source_close(source);
	if (ret == 0)
		ck_assert_int_eq(uffd_region_remove(region, LIBUFFD_CLOSE_DROP), 0);
	else
		ck_assert_ptr_null(region);
	return ret;
}

#define REFUSED(m, modes, flags, install, expected)                                                \
	do {                                                                                       \
		int ret_ = add(m, modes, flags, install, true);                                    \
		ck_assert_msg(ret_ == (expected), "%s, %s, %s: %d, not %d", #modes, #flags,        \
			      #install, ret_, (expected));                                         \
		ck_assert_int_eq(add(m, LIBUFFD_MISSING, 0, LIBUFFD_INSTALL_AUTO, true), 0);       \
	} while (0)

static void anonymous(void)
{
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, PAGES);
	REFUSED(&m, LIBUFFD_MISSING, 0, LIBUFFD_INSTALL_ALIAS, -EOPNOTSUPP);
	REFUSED(&m, LIBUFFD_MISSING, 0, LIBUFFD_INSTALL_POPULATE, -EOPNOTSUPP);
	REFUSED(&m, LIBUFFD_MISSING, 0, LIBUFFD_INSTALL_POPULATE + 1, -EINVAL);
	REFUSED(&m, LIBUFFD_MISSING, 0, UINT32_MAX, -EINVAL);
	/* What another process's memory is cannot be moved from here. */
	REFUSED(&m, LIBUFFD_MISSING, LIBUFFD_REGION_FOREIGN, LIBUFFD_INSTALL_MOVE, -EOPNOTSUPP);
	ck_assert_int_eq(add(&m, LIBUFFD_MISSING, 0, LIBUFFD_INSTALL_COPY, false), -EINVAL);
	ck_assert_int_eq(add(&m, LIBUFFD_MISSING, LIBUFFD_REGION_DETECT_ZEROS, 0, false), -EINVAL);
	ck_assert_int_eq(add(&m, LIBUFFD_MISSING, LIBUFFD_REGION_DETECT_ZEROS, 0, true), 0);
	ck_assert_int_eq(add(&m, LIBUFFD_MISSING, 0, LIBUFFD_INSTALL_MOVE, true),
			 uffd_ctx_features(ctx) & UFFD_FEATURE_MOVE ? 0 : -EOPNOTSUPP);
	test_memory_free(&m);
}

static void shared(void)
{
	const uint32_t alias = LIBUFFD_REGION_FD | LIBUFFD_REGION_ALIAS;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, PAGES);
	REFUSED(&m, WAY_BOTH, LIBUFFD_REGION_FD, LIBUFFD_INSTALL_MOVE, -EOPNOTSUPP);
	/* No alias; no MINOR; no file. */
	REFUSED(&m, WAY_BOTH, LIBUFFD_REGION_FD, LIBUFFD_INSTALL_ALIAS, -EOPNOTSUPP);
	REFUSED(&m, LIBUFFD_MISSING, alias, LIBUFFD_INSTALL_ALIAS, -EOPNOTSUPP);
	REFUSED(&m, WAY_BOTH, 0, LIBUFFD_INSTALL_ALIAS, -EOPNOTSUPP);
	REFUSED(&m, LIBUFFD_MISSING, LIBUFFD_REGION_FD, LIBUFFD_INSTALL_POPULATE, -EOPNOTSUPP);
	REFUSED(&m, WAY_BOTH, 0, LIBUFFD_INSTALL_POPULATE, -EOPNOTSUPP);
	/* A trusted cache alone has nothing to install. */
	REFUSED(&m, LIBUFFD_MINOR, alias | LIBUFFD_REGION_TRUST_CACHE, LIBUFFD_INSTALL_ALIAS,
		-EOPNOTSUPP);
	REFUSED(&m, LIBUFFD_MINOR, alias | LIBUFFD_REGION_TRUST_CACHE, LIBUFFD_INSTALL_COPY,
		-EOPNOTSUPP);
	ck_assert_int_eq(add(&m, WAY_BOTH, alias, LIBUFFD_INSTALL_ALIAS, true), 0);
	ck_assert_int_eq(add(&m, WAY_BOTH, alias, LIBUFFD_INSTALL_POPULATE, true), 0);
	ck_assert_int_eq(add(&m, WAY_BOTH, alias, LIBUFFD_INSTALL_COPY, true), 0);
	test_memory_free(&m);
	test_memory_make(&m, LIBUFFD_BACKING_SHMEM_PRIVATE, PAGES);
	REFUSED(&m, LIBUFFD_MISSING, 0, LIBUFFD_INSTALL_MOVE, -EOPNOTSUPP);
	REFUSED(&m, LIBUFFD_MISSING, 0, LIBUFFD_INSTALL_ALIAS, -EOPNOTSUPP);
	REFUSED(&m, LIBUFFD_MISSING, 0, LIBUFFD_INSTALL_POPULATE, -EOPNOTSUPP);
	test_memory_free(&m);
}

static void huge(void)
{
	struct test_memory m;

	if (!way_has_memory(&(struct way){.backing = LIBUFFD_BACKING_HUGETLB}, PAGES))
		return;
	test_memory_make(&m, LIBUFFD_BACKING_HUGETLB, PAGES);
	REFUSED(&m, WAY_BOTH, LIBUFFD_REGION_FD, LIBUFFD_INSTALL_MOVE, -EOPNOTSUPP);
	/* Its file cannot be written to but through a mapping. */
	REFUSED(&m, WAY_BOTH, LIBUFFD_REGION_FD, LIBUFFD_INSTALL_POPULATE, -EOPNOTSUPP);
	REFUSED(&m, WAY_BOTH, 0, LIBUFFD_INSTALL_ALIAS, -EOPNOTSUPP);
	test_memory_free(&m);
	test_memory_make(&m, LIBUFFD_BACKING_HUGETLB_PRIVATE, PAGES);
	REFUSED(&m, LIBUFFD_MISSING, 0, LIBUFFD_INSTALL_MOVE, -EOPNOTSUPP);
	REFUSED(&m, LIBUFFD_MISSING, 0, LIBUFFD_INSTALL_ALIAS, -EOPNOTSUPP);
	test_memory_free(&m);
}

static void ways_that_cannot_be_are_refused(void)
{
	ctx = serve_ctx(0);
	anonymous();
	shared();
	huge();
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
}

TEST_MAIN(ways_that_cannot_be_are_refused)
