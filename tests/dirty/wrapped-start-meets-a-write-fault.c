/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region's first tracking starts while the loop is about to lift a page that was protected by
 * hand: whoever comes first, the page is protected in the end, or known to be written. No write is
 * lost.
 */
#include "call.h"
#include "gatekeeper.h"
#include "tracked.h"

#define PAGES 4u

int __wrap_uffd_raw_writeprotect(int fd, uint64_t start, uint64_t length, uint64_t mode);
int __real_uffd_raw_writeprotect(int fd, uint64_t start, uint64_t length, uint64_t mode);

int __wrap_uffd_raw_writeprotect(int fd, uint64_t start, uint64_t length, uint64_t mode)
{
	if (!mode)
		gate_pass();
	return __real_uffd_raw_writeprotect(fd, start, length, mode);
}

static long start(struct call *c)
{
	track_start(c->at);
	return 0;
}

static void meets(const struct track_kind *kind)
{
	struct toucher writer;
	struct tracked t;
	struct call c = {.fn = start, .at = &t};
	char text[64];
	bool waits;

	track_serve(&t, LIBUFFD_DIRTY_SYNC, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	for (size_t k = 0; k < PAGES; k++)
		track_write(&t, k);
	ck_assert_int_eq(uffd_writeprotect(t.s.region, 0, t.s.m.length, 1), 0);
	gate_set();
	touch_start(&writer, served_page(&t.s, 1), true, 0x40);
	WAIT_UNTIL(gate_is_within());
	call_start(&c);
	waits = call_asleep(&c);
	gate_release();
	ck_assert_int_eq(call_join(&c), 0);
	ck_assert_int_eq(touch_join(&writer), TOUCH_DONE);
	ck_assert_uint_eq(track_read(&t, 1), 0x40);
	/* What started before the write was made must tell of it. */
	dirty_text(&t, text, sizeof(text));
	ck_assert_msg(waits || strcmp(text, "1") == 0, "%s: dirty is \"%s\"", t.name, text);
	track_write(&t, 1);
	track_write(&t, 2);
	EXPECT_DIRTY(&t, "1-2");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

static void start_meets_a_write_fault(void)
{
	for (size_t k = 0; k < TRACK_KINDS; k++)
		if (track_has_memory(&track_kinds[k], PAGES))
			meets(&track_kinds[k]);
}

TEST_MAIN(start_meets_a_write_fault)
