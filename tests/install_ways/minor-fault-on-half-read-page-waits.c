/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A page that is being read into the alias is in the page cache already, half of it: a thread that
 * touches it takes a MINOR fault, and sleeps until all of it is there. So does one whose page's
 * read has failed half-way: what it sees in the end is the whole content.
 */
#include "ways.h"
#include "held.h"

static struct held held;

/* What of the content is there already, and not what a first try left. */
static void half(const struct held_read *read, uint8_t wrong)
{
	memset(read->to, wrong, (size_t)read->length);
	held_bytes(&held, read->to, read->offset, read->length / 2);
}

static void waited(const struct way *w, bool fails_first)
{
	size_t pages = way_is_huge(w) ? 2 : 32;
	struct uffd_source *source;
	struct held_read read;
	struct toucher first, t[3];
	struct served s;

	if (!way_has_memory(w, pages))
		return;
	memset(&held, 0, sizeof(held));
	source = held_open(&held, pages * (way_is_huge(w) ? WAYS_HUGE : 4096));
	way_serve(&s, w, pages, 0,
		  (struct uffd_region_opts){
			  .source = source, .on_error = LIBUFFD_ON_ERROR_HOLD, .max_retries = 3});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	touch_start(&first, served_page(&s, 0) + s.m.page - 1, false, 0);
	WAIT_UNTIL(held_take(&held, UINT64_MAX, &read));
	ck_assert(touch_asleep(&first));
	half(&read, 0xbd);
	/* At the beginning of what is there, its end, and beyond. */
	for (size_t i = 0; i < 3; i++) {
		touch_start(&t[i], (uint8_t *)s.m.at + (read.length - 1) * i / 2, i == 1, 0);
		ck_assert_msg(touch_asleep(&t[i]), "%s: %zu saw %u", w->name, i, t[i].value);
	}
	WAIT_UNTIL(stats_of(s.ctx).faults_waited >= 3);
	ck_assert_uint_ge(stats_of(s.ctx).faults_minor, 3);
	if (fails_first) {
		uffd_read_done(read.read, -EIO);
		WAIT_UNTIL(held_take(&held, UINT64_MAX, &read));
		for (size_t i = 0; i < 3; i++)
			ck_assert(touch_asleep(&t[i]));
		half(&read, 0xcd);
	}
	ck_assert(touch_asleep(&first));
	held_answer(&held, &read);
	ck_assert_int_eq(touch_join(&first), TOUCH_DONE);
	ck_assert_uint_eq(first.value, s.content[s.m.page - 1]);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(touch_join(&t[i]), TOUCH_DONE);
	ck_assert_uint_eq(t[0].value, s.content[0]);
	ck_assert_uint_eq(t[2].value, s.content[read.length - 1]);
	/* It wrote a zero when all was there. */
	s.content[(read.length - 1) / 2] = 0;
	atomic_store(&held.at_once, true);
	held_release(&held);
	way_right(&s, s.content, w->name);
	serve_end(&s);
}

static void minor_fault_on_half_read_page_waits(void)
{
	for (size_t i = 0; i < WAYS; i++) {
		if (ways[i].install != LIBUFFD_INSTALL_ALIAS)
			continue;
		waited(&ways[i], false);
		waited(&ways[i], true);
	}
}

TEST_MAIN(minor_fault_on_half_read_page_waits)
