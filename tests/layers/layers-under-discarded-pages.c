/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Pages that were thrown away are zeros and ask no layer, also those that are thrown away when some
 * of their layers have answered and others have not.
 */
#include "leaves.h"
#include "held.h"

#define PAGES  32u
#define LENGTH (PAGES * UINT64_C(4096))

static struct leaves ls;
static struct held held;

static void layers_under_discarded_pages(void)
{
	struct uffd_source *layers[2], *source;
	struct held_read read;
	struct toucher t;
	struct served s;

	leaves_add(&ls, LEAF_READS, LENGTH, 1024, 4);
	layers[0] = held_open(&held, LENGTH);
	layers[1] = leaf_open(&ls.leaf[0]);
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, 2), 0);
	uffd_source_close(layers[0]);
	uffd_source_close(layers[1]);
	memset(&s, 0, sizeof(s));
	test_memory_make(&s.m, LIBUFFD_BACKING_ANON, PAGES);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx_flags(0, LIBUFFD_CTX_DISCARDS);
	s.region = serve_region(&s, &s.m, LIBUFFD_MISSING,
				(struct uffd_region_opts){.source = source, .fault_around = 4096});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);

	/* Before. */
	ck_assert_int_eq(uffd_discard(s.region, 3 * 4096, 4096), 0);
	ck_assert(all_zero(served_page(&s, 3), 4096));
	ck_assert_uint_eq(atomic_load(&held.asked), 0);
	ck_assert_uint_eq(atomic_load(&ls.leaf[0].reads), 0);
	/* Half-way. */
	touch_start(&t, served_page(&s, 7), false, 0);
	WAIT_UNTIL(held_take(&held, UINT64_MAX, &read));
	ck_assert_uint_eq(read.offset / 4096, 7);
	ck_assert_int_eq(uffd_discard(s.region, 7 * 4096, 4096), 0);
	ck_assert_int_eq(madvise(served_page(&s, 7), 4096, MADV_DONTNEED), 0);
	held_answer(&held, &read);
	held_release(&held);
	while (atomic_load(&t.state) == TOUCH_RUNNING)
		held_release(&held);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(t.value, 0);
	ck_assert(all_zero(served_page(&s, 7), 4096));
	serve_settled(&s);
	/* Afterwards, and the rest as ever. */
	for (size_t k = 0; k < PAGES; k++) {
		if (k == 3 || k == 7)
			continue;
		for (size_t i = 0; i < 4096; i++)
			if (served_page(&s, k)[i] != (leaf_has(&ls.leaf[0], k * 4096 + i)
							      ? leaf_byte(&ls.leaf[0], k * 4096 + i)
							      : content_byte(k * 4096 + i)))
				ck_abort_msg("page %zu, byte %zu", k, i);
	}
	ck_assert_int_eq(uffd_discard(s.region, 9 * 4096, 4096), 0);
	ck_assert_int_eq(madvise(served_page(&s, 9), 4096, MADV_DONTNEED), 0);
	ck_assert(all_zero(served_page(&s, 9), 4096));
	serve_end(&s);
	leaves_end(&ls);
}

TEST_MAIN(layers_under_discarded_pages)
