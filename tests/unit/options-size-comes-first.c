/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * An options struct of an older caller is completed with defaults, one of a newer caller is taken
 * as long as what we do not know is zero, and one below the first version is refused.
 */
#include "test.h"

#include "util/options.h"

struct ours { /* the second version */
	uint64_t size;
	uint32_t flags;
	uint32_t mode;
	uint64_t added;
};
#define FIRST_SIZE offsetof(struct ours, added)

struct newer {
	struct ours ours;
	uint8_t tail[24];
};

static const struct ours defaults = {sizeof(struct ours), 7, 8, 9};

static int take(struct ours *o, const void *given)
{
	*o = defaults;
	return options_take(o, sizeof(*o), FIRST_SIZE, given);
}

static void size_comes_first(void)
{
	struct newer n = {.ours = {.flags = 1, .mode = 2, .added = 3}};
	struct ours o;

	ck_assert_int_eq(take(&o, NULL), 0);
	ck_assert_mem_eq(&o, &defaults, sizeof(o));

	for (uint64_t size = 0; size < FIRST_SIZE; size++) {
		n.ours.size = size;
		ck_assert_int_eq(take(&o, &n), -EINVAL);
		ck_assert_mem_eq(&o, &defaults, sizeof(o));
	}
	/* Older: the rest keeps its default. */
	n.ours.size = FIRST_SIZE;
	ck_assert_int_eq(take(&o, &n), 0);
	ck_assert(o.flags == 1 && o.mode == 2 && o.added == 9);
	/* The same. */
	n.ours.size = sizeof(struct ours);
	ck_assert_int_eq(take(&o, &n), 0);
	ck_assert(o.flags == 1 && o.mode == 2 && o.added == 3);
	/* Newer, with nothing in what we do not know; then with one byte in it, wherever. */
	n.ours.size = sizeof(n);
	ck_assert_int_eq(take(&o, &n), 0);
	ck_assert(o.flags == 1 && o.mode == 2 && o.added == 3);
	for (unsigned int i = 0; i < sizeof(n.tail); i++) {
		n.tail[i] = 0x80;
		n.ours.size = sizeof(n);
		ck_assert_int_eq(take(&o, &n), -E2BIG);
		/* ... but not beyond the size that is said. */
		n.ours.size = sizeof(struct ours) + i;
		ck_assert_int_eq(take(&o, &n), 0);
		n.tail[i] = 0;
	}
}
TEST_MAIN(size_comes_first)
