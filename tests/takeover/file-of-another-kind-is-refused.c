/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A state file is believed only when every word of its head is: another kind of file, a truncated
 * one, one of another version, and ranges that cannot be are -EBADMSG, and nothing is changed. One
 * whose maker died before it was done is made.
 */
#include "server.h"

#include <sys/stat.h>

/* The layout, said once more: a change of it is a change of the version. */
#define RANGES_AT 8192
#define HEAD      16384
#define WORDS     65536
#define IN_USE    28 /* of a range: where its mark of use is */

static int uffd;
static const uint64_t first = UINT64_C(1) << 32;

/* A range of 1024 pages of 4 KiB. */
struct range {
	uint64_t address, length, words_at;
	uint32_t page_shift, used;
};

static int try_state(int fd)
{
	struct uffd_ctx_opts opts = {
		.size = sizeof(opts), .flags = LIBUFFD_CTX_STATE, .state_fd = fd};
	struct uffd_ctx *ctx = NULL;
	int ret = uffd_ctx_adopt(&ctx, uffd, UFFD_FEATURE_EVENT_REMOVE, &opts), back;

	if (ret == 0)
		ck_assert_int_eq(uffd_ctx_release(ctx, &back), 0);
	else
		ck_assert_ptr_null(ctx);
	return ret;
}

static int made(void)
{
	int fd = state_make();

	ck_assert_int_eq(try_state(fd), 0);
	return fd;
}

static void put(int fd, const void *bytes, size_t length, off_t at)
{
	ck_assert_int_eq(pwrite(fd, bytes, length, at), (ssize_t)length);
}

static void expect_refused(int fd)
{
	static uint8_t before[HEAD], after[HEAD];
	struct stat a, b;

	memset(before, 0, sizeof(before));
	memset(after, 0, sizeof(after));
	ck_assert_int_ge(pread(fd, before, HEAD, 0), 0);
	ck_assert_int_eq(fstat(fd, &a), 0);
	ck_assert_int_eq(try_state(fd), -EBADMSG);
	ck_assert_int_eq(fstat(fd, &b), 0);
	ck_assert_int_ge(pread(fd, after, HEAD, 0), 0);
	ck_assert_mem_eq(before, after, HEAD);
	ck_assert_int_eq(a.st_size, b.st_size);
	close(fd);
}

/* A file with two ranges, the first of which is right; the second as given. */
static int with_ranges(struct range second)
{
	struct range right = {first, 1024 << 12, WORDS, 12, 1};
	int fd = made();

	ck_assert_int_eq(ftruncate(fd, 3 * WORDS), 0);
	put(fd, &right, sizeof(right), RANGES_AT);
	put(fd, &second, sizeof(second), RANGES_AT + sizeof(right));
	return fd;
}

static void other_files(void)
{
	uint32_t version = 2;
	int fd = state_make();

	put(fd, "hello", 5, 0);
	expect_refused(fd);
	fd = state_make();
	ck_assert_int_eq(ftruncate(fd, HEAD - 1), 0);
	expect_refused(fd);
	fd = state_make();
	ck_assert_int_eq(ftruncate(fd, WORDS), 0);
	put(fd, "\1", 1, HEAD - 1);
	expect_refused(fd);
	fd = made();
	put(fd, &version, sizeof(version), 8);
	expect_refused(fd);
	fd = made();
	put(fd, "U", 1, 1);
	expect_refused(fd);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(try_state(fd), -EBADMSG);
	close(fd);
}

static void wrong_ranges(void)
{
	const uint64_t length = 1024 << 12, behind = first + length;
	const struct range wrong[] = {
		{behind, 0, 2 * WORDS, 12, 1},
		{behind, length + 1, 2 * WORDS, 12, 1},
		{behind + 1, length, 2 * WORDS, 12, 1},
		{behind, length, 2 * WORDS, 11, 1},
		{behind, length, 2 * WORDS, 64, 1},
		{behind, length, 2 * WORDS, 255, 1},
		{behind, length, 2 * WORDS + 8, 12, 1},
		{behind, length, 0, 12, 1},
		{behind, length, 3 * WORDS, 12, 1},
		{behind, length, UINT64_C(0) - WORDS, 12, 1},
		{behind, UINT64_C(1) << 47, 2 * WORDS, 12, 1},
		{behind, UINT64_C(1) << 40, 2 * WORDS, 12, 1},
		{UINT64_C(0) - length / 2, length, 2 * WORDS, 12, 1},
		/* The first one's addresses, all or some; the first one's words. */
		{first, length, 2 * WORDS, 12, 1},
		{first + length / 2, length, 2 * WORDS, 12, 1},
		{behind, length, WORDS, 12, 1},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect_refused(with_ranges(wrong[i]));
	/* Not in use, it may be anything. */
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct range unused = wrong[i];
		int fd;

		unused.used = 0;
		fd = with_ranges(unused);
		ck_assert_int_eq(try_state(fd), 0);
		close(fd);
	}
}

static void unmade(void)
{
	uint64_t none = 0;
	struct range range = {first, 1024 << 12, UINT64_C(1) << 40, 12, 1};
	int fd = made();

	/* All but the magic. */
	put(fd, &none, sizeof(none), 0);
	ck_assert_int_eq(try_state(fd), 0);
	close(fd);
	/* Room, and nothing more. */
	fd = state_make();
	ck_assert_int_eq(ftruncate(fd, HEAD), 0);
	ck_assert_int_eq(try_state(fd), 0);
	close(fd);
	/* A file of zeros, but for something where ranges would be. */
	fd = state_make();
	put(fd, &range, sizeof(range), RANGES_AT);
	ck_assert_int_eq(ftruncate(fd, HEAD), 0);
	expect_refused(fd);
}

static void file_of_another_kind(void)
{
	_Static_assert(offsetof(struct range, used) == IN_USE, "the layout");

	uffd = test_uffd(UFFD_FEATURE_EVENT_REMOVE);
	other_files();
	wrong_ranges();
	unmade();
	close(uffd);
}

TEST_MAIN(file_of_another_kind)
