/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * With all buffers full: whoever writes to a page that is not saved yet waits, be it a thread or
 * the kernel on its behalf, be there anything in the page or not; whoever reads goes on. None of it
 * shows in the output.
 */
#include "out.h"

#define PAGES 1024u

static long read_into(struct call *c)
{
	return pread(c->number, c->at, c->length, 0);
}

static struct toucher last; /* that took no buffer any more */

static void fill_buffers(struct served *s, struct out *o, struct uffd_snapshot **snapshot,
			 size_t untouched)
{
	for (size_t n = 0; n < PAGES; n++)
		if (n != untouched && n != untouched + 1)
			snap_fill(s, n, (uint8_t)(n % 255 + 1));
	out_make(o, s->m.length, true);
	*snapshot = snap_begin(s->region, -1, out_opts(o, SNAP_LEAST));
	/* One after the other until one waits: then there is no buffer left. */
	for (size_t n = PAGES - 1;; n -= SNAP_WINDOW) {
		touch_start(&last, served_page(s, n), true, 0xee);
		if (touch_waits(&last))
			break;
		touch_join(&last);
		ck_assert_uint_gt(n, PAGES / 2);
	}
}

static void of(const struct kind *k)
{
	static struct toucher writer, reader, empty, reader_of_none;
	size_t page = PAGES / 2, untouched = PAGES / 2 + 3;
	struct call call = {.fn = read_into, .length = 4096};
	struct uffd_snapshot *snapshot;
	struct served s;
	struct out o;

	snap_serve(&s, k, PAGES, 0, 0);
	fill_buffers(&s, &o, &snapshot, untouched);
	call.number = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	call.at = served_page(&s, page + 1);
	touch_start(&reader, served_page(&s, page), false, 0);
	ck_assert_int_eq(touch_join(&reader), TOUCH_DONE);
	ck_assert_uint_eq(reader.value, s.content[page * 4096]);
	touch_start(&reader_of_none, served_page(&s, untouched + 1), false, 0);
	ck_assert_int_eq(touch_join(&reader_of_none), TOUCH_DONE);
	ck_assert_uint_eq(reader_of_none.value, 0);
	touch_start(&writer, served_page(&s, page), true, 0xee);
	ck_assert(touch_waits(&writer));
	touch_start(&empty, served_page(&s, untouched), true, 0xee);
	ck_assert(touch_waits(&empty));
	call_start(&call);
	ck_assert(call_asleep(&call));
	ck_assert_int_eq(memcmp(served_page(&s, page), s.content + page * 4096, 4096), 0);
	out_shut(&o, false);
	ck_assert_int_eq(touch_join(&last), TOUCH_DONE);
	ck_assert_int_eq(touch_join(&writer), TOUCH_DONE);
	ck_assert_int_eq(touch_join(&empty), TOUCH_DONE);
	ck_assert_int_eq(call_join(&call), 4096);
	ck_assert_uint_eq(*served_page(&s, page), 0xee);
	ck_assert_uint_eq(*served_page(&s, untouched), 0xee);
	ck_assert(all_zero(served_page(&s, page + 1), 4096));
	ck_assert_int_eq(snap_end(snapshot), 0);
	out_is(&o, &s, k->name);
	close(call.number);
	out_free(&o);
	serve_end(&s);
}

static void first_write_waits_for_its_copy(void)
{
	for (size_t i = 0; i < KINDS; i++)
		if (!kind_is_huge(&kinds[i]))
			of(&kinds[i]);
}

TEST_MAIN(first_write_waits_for_its_copy)
