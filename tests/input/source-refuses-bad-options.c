/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Opening a source refuses what is missing, unknown, too small or too large; the program's free is
 * called once each time, and there is no source.
 */
#include "input.h"

static int64_t read_zeros(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	(void)offset;
	memset(buffer, 0, (size_t)length);
	return (int64_t)length;
}

static void refuses(struct uffd_source **out, uint64_t length, struct uffd_source_ops ops,
		    int error)
{
	int freed = 0;

	ops.free = count_free;
	EXPECT(uffd_source_open(out, length, &ops, &freed), error);
	ck_assert_int_eq(freed, 1);
	if (out)
		ck_assert_ptr_eq(*out, NO_HANDLE(struct uffd_source));
	/* Without a free there is nothing to call. */
	ops.free = NULL;
	EXPECT(uffd_source_open(out, length, &ops, &freed), error);
	ck_assert_int_eq(freed, 1);
}

static void of_callbacks(void)
{
	const uint64_t size = sizeof(struct uffd_source_ops);
	struct uffd_source *source = NO_HANDLE(struct uffd_source);
	LONGER(struct uffd_source_ops) ops;
	int freed = 0, tries = 0;

	EXPECT(uffd_source_open(&source, 1, NULL, NULL), -EINVAL);
	EXPECT(uffd_source_open(NULL, 1, NULL, NULL), -EINVAL);
	refuses(NULL, 1, (struct uffd_source_ops){.size = size, .read = read_zeros}, -EINVAL);
	refuses(&source, 0, (struct uffd_source_ops){.size = size, .read = read_zeros}, -EINVAL);
	refuses(&source, 1, (struct uffd_source_ops){.size = size}, -EINVAL);

	memset(&ops, 0, sizeof(ops));
	ops.opts.read = read_zeros;
	ops.opts.free = count_free;
	for (ops.opts.size = 0; ops.opts.size < size; ops.opts.size++)
		EXPECT(uffd_source_open(&source, 1, &ops.opts, &freed), -EINVAL);
	freed = 0; /* a struct as short as that may have had no free */
	ops.opts.size = sizeof(ops);
	for (size_t i = size; i < sizeof(ops); i++, tries++) {
		ops.bytes[i] = 0x80;
		EXPECT(uffd_source_open(&source, 1, &ops.opts, &freed), -E2BIG);
		ops.bytes[i] = 0;
	}
	ck_assert_ptr_eq(source, NO_HANDLE(struct uffd_source));
	ck_assert_msg(freed == tries, "free called %d times, not %d", freed, tries);
	freed = 0;
	EXPECT(uffd_source_open(&source, 1, &ops.opts, &freed), 0);
	ck_assert_uint_eq(uffd_source_length(source), 1);
	uffd_source_close(source);
	ck_assert_int_eq(freed, 1);
}

static void of_memory(void)
{
	struct uffd_source *source = NO_HANDLE(struct uffd_source);
	char content = 0;

	EXPECT(uffd_source_open_memory(NULL, &content, 1), -EINVAL);
	EXPECT(uffd_source_open_memory(&source, NULL, 1), -EINVAL);
	EXPECT(uffd_source_open_memory(&source, &content, 0), -EINVAL);
	ck_assert_ptr_eq(source, NO_HANDLE(struct uffd_source));
	ck_assert_uint_eq(uffd_source_length(NULL), 0);
	uffd_source_close(NULL);
}

static void bad_options(void)
{
	of_callbacks();
	of_memory();
}

TEST_MAIN(bad_options)
