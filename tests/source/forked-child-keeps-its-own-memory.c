/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A child made while reads are in flight: it maps memory of its own, closes its copies, and its
 * memory is as it was. The parent's reads are answered and installed as if nothing had been.
 */
#include "../input/input.h"
#include "later.h"

#define PAGES  64u
#define BLOCKS 64u
#define BLOCK  (UINT64_C(2) << 20)

static struct served s;

static void child(void *arg)
{
	uint8_t *blocks[BLOCKS];

	(void)arg;
	/* Wherever the parent has something that the child has not, the kernel may put these. */
	for (size_t k = 0; k < BLOCKS; k++) {
		blocks[k] = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				 -1, 0);
		CHILD_EXPECT(blocks[k] != MAP_FAILED, 1);
		blocks[k][0] = blocks[k][BLOCK - 1] = (uint8_t)(k + 1);
	}
	CHILD_EXPECT(uffd_loop_close(s.loop), 0);
	CHILD_EXPECT(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
	for (size_t k = 0; k < BLOCKS; k++)
		CHILD_EXPECT(blocks[k][0] == k + 1 && blocks[k][BLOCK - 1] == k + 1, 1);
}

static void forked_child_keeps_its_own_memory(void)
{
	struct toucher t[2];
	struct later l;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < 2; k++)
		touch_start(&t[k], served_page(&s, 20 * k), false, 0);
	WAIT_UNTIL(later_count(&l) == 2);
	in_child(child, NULL);
	later_answer_all(&l);
	for (size_t k = 0; k < 2; k++) {
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
		ck_assert(served_right(&s, 20 * k));
	}
	serve_end(&s);
	later_free(&l);
}

TEST_MAIN(forked_child_keeps_its_own_memory)
