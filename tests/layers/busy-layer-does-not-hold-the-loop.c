/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * While a layer says that it is busy the loop goes on: it asks again when another read has ended or
 * within a millisecond, and in between returns to whoever dispatches it, which may be the only
 * thread that can make the layer ready.
 */
#include "leaves.h"

#define PAGES 32u

static struct leaves ls;

/* How often it may be asked in one dispatch: some, not without end. */
#define MOST 10000u

static int bounded_submit(void *user, struct uffd_read *read, void *buffer, uint64_t length,
			  uint64_t offset)
{
	struct leaf *l = user;

	/* Better a failure than a test that never ends. */
	if (atomic_load(&l->said_busy) > MOST)
		atomic_store(&l->busy, 0);
	return leaf_submit(user, read, buffer, length, offset);
}

static struct uffd_source *open_bounded(struct leaf *l)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops),
					    .submit = bounded_submit,
					    .map = l->fill < 8 ? leaf_map : NULL,
					    .free = leaf_free};
	struct uffd_source *source;

	ck_assert_int_eq(uffd_source_open(&source, l->length, &ops, l), 0);
	return source;
}

static void goes_on(enum leaf_kind base, bool layers)
{
	struct uffd_source *parts[2], *source;
	struct toucher t[4];
	struct served s;
	struct leaf *last;

	memset(&ls, 0, sizeof(ls));
	last = leaves_add(&ls, base, PAGES * UINT64_C(4096), 4096, 8);
	source = parts[0] = open_bounded(last);
	if (layers) {
		last = leaves_add(&ls, LEAF_AT_ONCE, PAGES * UINT64_C(4096), 1024, 4);
		parts[1] = open_bounded(last);
		ck_assert_int_eq(uffd_source_open_layers(&source, parts, 2), 0);
		uffd_source_close(parts[0]);
		uffd_source_close(parts[1]);
	}
	atomic_store(&last->busy, -1);
	leaves_start(&ls);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .fault_around = 4096});
	uffd_source_close(source);
	s.loop = serve_open(s.ctx, NULL);
	for (size_t i = 0; i < 4; i++) {
		touch_start(&t[i], served_page(&s, 3 + 5 * i), false, 0);
		ck_assert(touch_asleep(&t[i]));
	}
	/* Every page has been asked for, and some again. */
	DISPATCH_UNTIL(s.loop, atomic_load(&last->said_busy) >= 12);
	ck_assert_msg(atomic_load(&last->said_busy) < MOST, "asked %llu times",
		      (unsigned long long)atomic_load(&last->said_busy));
	atomic_store(&last->busy, 0);
	for (size_t i = 0; i < 4; i++) {
		DISPATCH_UNTIL(s.loop, atomic_load(&t[i].state) != TOUCH_RUNNING);
		ck_assert_int_eq(touch_join(&t[i]), TOUCH_DONE);
		ck_assert_uint_eq(t[i].value, leaves_byte(&ls, (3 + 5 * i) * 4096));
	}
	serve_settled(&s);
	for (size_t i = 0; i < 4; i++)
		leaves_are(&ls, served_page(&s, 3 + 5 * i), (3 + 5 * i) * 4096, 4096, "faulted");
	serve_end(&s);
	leaves_end(&ls);
}

static void busy_layer_does_not_hold_the_loop(void)
{
	goes_on(LEAF_AT_ONCE, false);
	goes_on(LEAF_AT_ONCE, true);
	goes_on(LEAF_ANSWERS, true);
}

TEST_MAIN(busy_layer_does_not_hold_the_loop)
