/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Options that say nothing known, or that contradict each other, are EINVAL. */
#include "input.h"

#define REFUSES(modes, ...) REFUSES_REGION(ctx, m.at, m.length, modes, -EINVAL, __VA_ARGS__)

static void unknown_options(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MINOR_SHMEM);
	struct uffd_source *source = NULL;
	struct test_memory m;
	static uint8_t content[4 * 4096];

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 4);
	EXPECT(uffd_source_open_memory(&source, content, sizeof(content)), 0);

	REFUSES(0, .fault = fault_never);
	REFUSES(1u << 3, .fault = fault_never);
	REFUSES(LIBUFFD_MISSING | 1u << 31, .fault = fault_never);
	REFUSES(UINT32_MAX, .fault = fault_never, .wp_fault = wp_never);
	for (unsigned int bit = 7; bit < 32; bit++)
		REFUSES(LIBUFFD_MISSING, .fault = fault_never, .flags = UINT32_C(1) << bit);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .install = 5);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .backing = LIBUFFD_BACKING_COUNT);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .backing = UINT32_MAX);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .on_error = LIBUFFD_ON_ERROR_HOLD + 1);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .fault_around = 3);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .fault_around = 65536 + 4096);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .fault_around = UINT64_MAX);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .page_size = 4095);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .page_size = 1);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .page_size = UINT64_MAX);

	/* Who brings content: one, and not two. */
	REFUSES(LIBUFFD_MISSING, .source = NULL);
	REFUSES(LIBUFFD_MINOR, .source = NULL);
	REFUSES(LIBUFFD_MISSING | LIBUFFD_MINOR, .source = NULL);
	REFUSES(LIBUFFD_MISSING, .flags = LIBUFFD_REGION_TRUST_CACHE);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .source = source);

	/* A descriptor without its flag, and what needs one. */
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .fd = m.fd);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .fd = -1);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .flags = LIBUFFD_REGION_ALIAS);
	REFUSES(LIBUFFD_MISSING, .fault = fault_never, .flags = LIBUFFD_REGION_FD, .fd = m.fd,
		.fd_offset = 1);
	expect_unregistered(m.at, m.length);

	/* Nothing of the source was kept either. */
	uffd_source_close(source);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(unknown_options)
