/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A page of many parts, of asynchronous layers that answer before submit returns: however many they
 * are, the stack does not grow with them.
 */
#include "leaves.h"

static struct leaves ls;
static uintptr_t low = UINTPTR_MAX, high;

static int measured_submit(void *user, struct uffd_read *read, void *buffer, uint64_t length,
			   uint64_t offset)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	low = here < low ? here : low;
	high = here > high ? here : high;
	return leaf_submit(user, read, buffer, length, offset);
}

static void at_once(uint32_t backing, size_t pages, uint64_t block)
{
	uint64_t length = pages * (backing == LIBUFFD_BACKING_HUGETLB_PRIVATE ? UINT64_C(2) << 20
									      : UINT64_C(4096));
	struct uffd_source_ops ops = {
		.size = sizeof(ops), .submit = measured_submit, .map = leaf_map, .free = leaf_free};
	struct uffd_source *layers[2], *source;
	struct served s;

	memset(&ls, 0, sizeof(ls));
	for (unsigned int i = 0; i < 2; i++)
		ck_assert_int_eq(uffd_source_open(&layers[i], length, &ops,
						  leaves_add(&ls, LEAF_AT_ONCE, length, block, 4)),
				 0);
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, 2), 0);
	for (unsigned int i = 0; i < 2; i++)
		uffd_source_close(layers[i]);
	serve(&s, backing, pages, 0, LIBUFFD_MISSING, (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	low = UINTPTR_MAX;
	high = 0;
	/* In this thread. */
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	leaves_are(&ls, s.m.at, 0, s.m.length, "demanded");
	ck_assert_msg(high - low < 16384, "%zu bytes of stack", (size_t)(high - low));
	serve_end(&s);
	leaves_end(&ls);
}

static void layers_that_answer_at_once(void)
{
	at_once(LIBUFFD_BACKING_ANON, 8, 8);
	at_once(LIBUFFD_BACKING_HUGETLB_PRIVATE, 1, 512);
}

TEST_MAIN(layers_that_answer_at_once)
