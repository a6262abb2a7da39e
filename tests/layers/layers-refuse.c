/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What is no base with diffs over it is -EINVAL, and no layer is kept, nor *source touched. */
#include "leaves.h"

#define LENGTH UINT64_C(65536)

static struct leaves ls;

static void layers_refuse(void)
{
	struct uffd_source *base, *diff, *longer, *of_layers, *layers[66];
	struct uffd_source *none = (void *)&ls, *source = none;

	base = leaf_open(leaves_add(&ls, LEAF_READS, LENGTH, 4096, 8));
	diff = leaf_open(leaves_add(&ls, LEAF_READS, LENGTH, 4096, 4));
	longer = leaf_open(leaves_add(&ls, LEAF_READS, LENGTH + 1, 4096, 4));
	for (unsigned int i = 0; i < 66; i++)
		layers[i] = i ? diff : base;
	ck_assert_int_eq(uffd_source_open_layers(NULL, layers, 2), -EINVAL);
	ck_assert_int_eq(uffd_source_open_layers(&source, NULL, 2), -EINVAL);
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, 0), -EINVAL);
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, LIBUFFD_LAYERS_MAX + 1), -EINVAL);
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, SIZE_MAX), -EINVAL);
	layers[3] = NULL;
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, 4), -EINVAL);
	layers[3] = longer;
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, 4), -EINVAL);
	layers[3] = diff;
	layers[0] = NULL;
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, 1), -EINVAL);
	layers[0] = base;
	ck_assert_ptr_eq(source, none);
	/* The most there may be; and of one alone. */
	ck_assert_int_eq(uffd_source_open_layers(&of_layers, layers, LIBUFFD_LAYERS_MAX), 0);
	ck_assert_uint_eq(uffd_source_length(of_layers), LENGTH);
	layers[1] = of_layers;
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, 2), -EINVAL);
	ck_assert_int_eq(uffd_source_open_layers(&source, &of_layers, 1), -EINVAL);
	ck_assert_ptr_eq(source, none);
	uffd_source_close(base);
	uffd_source_close(diff);
	uffd_source_close(longer);
	ck_assert_int_eq(atomic_load(&ls.leaf[0].freed), 0);
	ck_assert_int_eq(atomic_load(&ls.leaf[1].freed), 0);
	ck_assert_int_eq(atomic_load(&ls.leaf[2].freed), 1);
	uffd_source_close(of_layers);
	leaves_end(&ls);
}

TEST_MAIN(layers_refuse)
