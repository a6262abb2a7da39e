/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A block of packed content is taken for what it was if every bit is the same, all of it is there,
 * and it is in its own place.
 */
#include "wset.h"

static void block_sums(void)
{
	static struct wset w;
	static uint8_t block[WSET_BLOCK + 1];
	const size_t last = sizeof(w.content) - WSET_BLOCK;
	struct wset_file f;
	int fd = wset_memfd();

	wset_fill(&w);
	wset_write(fd, &w);
	ck_assert_int_eq(wset_file_read(fd, &f), 0);
	ck_assert_uint_eq(f.sum_count, 2);
	ck_assert_int_eq(pread(fd, block, sizeof(block), (off_t)f.pack_at), sizeof(block));
	ck_assert(wset_file_block_ok(&f, 0, block, WSET_BLOCK));
	ck_assert(!wset_file_block_ok(&f, 0, block, WSET_BLOCK + 1));
	ck_assert(!wset_file_block_ok(&f, 0, block, WSET_BLOCK - 1));
	ck_assert(!wset_file_block_ok(&f, 0, block, 0));
	ck_assert(!wset_file_block_ok(&f, 0, block, last));
	ck_assert(!wset_file_block_ok(&f, 1, block, last));
	for (size_t at = 0; at < WSET_BLOCK; at += at < 64 ? 1 : 61) {
		block[at] ^= (uint8_t)(1u << at % 8);
		ck_assert(!wset_file_block_ok(&f, 0, block, WSET_BLOCK));
		block[at] ^= (uint8_t)(1u << at % 8);
	}
	ck_assert(wset_file_block_ok(&f, 0, block, WSET_BLOCK));

	/* The last is as long as what is left. */
	ck_assert_int_eq(pread(fd, block, last, (off_t)(f.pack_at + WSET_BLOCK)), last);
	ck_assert(wset_file_block_ok(&f, 1, block, last));
	ck_assert(!wset_file_block_ok(&f, 1, block, last - 1));
	ck_assert(!wset_file_block_ok(&f, 1, block, WSET_BLOCK));
	ck_assert(!wset_file_block_ok(&f, 0, block, last));
	/* There is none behind it. */
	ck_assert(!wset_file_block_ok(&f, 2, block, last));
	ck_assert(!wset_file_block_ok(&f, 2, block, 0));
	ck_assert(!wset_file_block_ok(&f, UINT64_MAX, block, 0));
	wset_file_free(&f);
	close(fd);

	/* Content that fills its last block has none that is empty. */
	w.f.pack_bytes = 2 * WSET_BLOCK;
	wset_file_layout(&w.f);
	ck_assert_uint_eq(w.f.sum_count, 2);
	w.f.sums[1] = crc32c(0, block, WSET_BLOCK);
	ck_assert(wset_file_block_ok(&w.f, 1, block, WSET_BLOCK));
	ck_assert(!wset_file_block_ok(&w.f, 1, block, 0));

	/* The right sum of the wrong length is not enough. */
	w.f.sums[0] = crc32c(0, block, 100);
	ck_assert(!wset_file_block_ok(&w.f, 0, block, 100));
	w.f.sums[0] = 0;
	ck_assert(!wset_file_block_ok(&w.f, 0, NULL, 0));
}
TEST_MAIN(block_sums)
