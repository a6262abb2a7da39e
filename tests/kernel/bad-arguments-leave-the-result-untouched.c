/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A misaligned address, a bad length or an unknown mode bit is EINVAL from every ioctl, before it
 * writes its result field: whoever reads the field must have preset it.
 */
#include "expect.h"

#define UNKNOWN_MODE (UINT64_C(1) << 62)

static struct test_memory m;
static uint8_t *from;
static int fd;

static struct answer copy(uint8_t *at, size_t length, uint64_t mode)
{
	return ask_copy(fd, at, from, length, mode);
}

static struct answer zeropage(uint8_t *at, size_t length, uint64_t mode)
{
	return ask_zeropage(fd, at, length, mode);
}

static struct answer cont(uint8_t *at, size_t length, uint64_t mode)
{
	return ask_continue(fd, at, length, mode);
}

static struct answer poison(uint8_t *at, size_t length, uint64_t mode)
{
	return ask_poison(fd, at, length, mode);
}

static struct answer move(uint8_t *at, size_t length, uint64_t mode)
{
	return ask_move(fd, at, from, length, mode);
}

static struct answer writeprotect(uint8_t *at, size_t length, uint64_t mode)
{
	return (struct answer){uffd_raw_writeprotect(fd, address(at), length, mode), UNTOUCHED};
}

static struct answer wake(uint8_t *at, size_t length, uint64_t mode)
{
	/* No mode to be wrong. */
	return (struct answer){mode ? -EINVAL : uffd_raw_wake(fd, address(at), length), UNTOUCHED};
}

static void bad_arguments(void)
{
	struct answer (*const asks[])(uint8_t *, size_t, uint64_t) = {
		copy, zeropage, cont, poison, move, writeprotect, wake};

	fd = test_uffd(UFFD_FEATURE_POISON | UFFD_FEATURE_MOVE);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		EXPECT_ANSWER(asks[i](page_at(&m, 0) + 1, m.page, 0), -EINVAL, UNTOUCHED);
		EXPECT_ANSWER(asks[i](page_at(&m, 0), m.page - 1, 0), -EINVAL, UNTOUCHED);
		EXPECT_ANSWER(asks[i](page_at(&m, 0), 0, 0), -EINVAL, UNTOUCHED);
		EXPECT_ANSWER(asks[i](page_at(&m, 0), (size_t)-m.page, 0), -EINVAL, UNTOUCHED);
		EXPECT_ANSWER(asks[i](page_at(&m, 0), m.page, UNKNOWN_MODE), -EINVAL, UNTOUCHED);
	}
	ck_assert(!page_mapped(m.at));
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(bad_arguments)
