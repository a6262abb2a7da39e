/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A loop refuses NULL and options that it does not know, and the context stays without one. */
#include "input.h"

static void refuses(struct uffd_ctx *ctx, const struct uffd_loop_opts *o, int error)
{
	struct uffd_loop *loop = NO_HANDLE(struct uffd_loop);
	int first = lowest_free();

	EXPECT(uffd_loop_open(&loop, ctx, o), error);
	EXPECT(uffd_loop_start(&loop, ctx, o), error);
	ck_assert_ptr_eq(loop, NO_HANDLE(struct uffd_loop));
	ck_assert_int_eq(lowest_free(), first);
}

static void bad_options(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_loop *loop = NO_HANDLE(struct uffd_loop);
	LONGER(struct uffd_loop_opts) o;

	memset(&o, 0, sizeof(o));
	EXPECT(uffd_loop_open(NULL, ctx, NULL), -EINVAL);
	EXPECT(uffd_loop_start(NULL, ctx, NULL), -EINVAL);
	refuses(NULL, NULL, -EINVAL);
	for (o.opts.size = 0; o.opts.size < sizeof(o.opts); o.opts.size++)
		refuses(ctx, &o.opts, -EINVAL);
	for (unsigned int bit = 0; bit < 32; bit++) {
		o.opts.flags = UINT32_C(1) << bit;
		refuses(ctx, &o.opts, -EINVAL);
	}
	o.opts.flags = 0;
	o.opts.poller = LIBUFFD_POLLER_POLL + 1;
	refuses(ctx, &o.opts, -EINVAL);
	o.opts.poller = UINT32_MAX;
	refuses(ctx, &o.opts, -EINVAL);
	o.opts.poller = test_poller();
	o.opts.spin_ns = LIBUFFD_SPIN_NEVER - 1;
	refuses(ctx, &o.opts, -EINVAL);
	o.opts.spin_ns = INT64_MIN;
	refuses(ctx, &o.opts, -EINVAL);
	o.opts.spin_ns = LIBUFFD_SPIN_NEVER;
	o.opts.size = sizeof(o);
	for (size_t i = sizeof(o.opts); i < sizeof(o); i++) {
		o.bytes[i] = 1;
		refuses(ctx, &o.opts, -E2BIG);
		o.bytes[i] = 0;
	}
	EXPECT(uffd_loop_open(&loop, ctx, &o.opts), 0);
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(bad_options)
