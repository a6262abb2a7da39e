/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A tracking that starts while content is being installed, unprotected, waits for it: the page does
 * not pass for a protected one afterwards.
 */
#include "call.h"
#include "gatekeeper.h"
#include "tracked.h"

#define PAGES 4u

int64_t __wrap_uffd_raw_copy(int fd, uint64_t to, const void *from, uint64_t length, uint64_t mode);
int64_t __real_uffd_raw_copy(int fd, uint64_t to, const void *from, uint64_t length, uint64_t mode);

int64_t __wrap_uffd_raw_copy(int fd, uint64_t to, const void *from, uint64_t length, uint64_t mode)
{
	gate_pass();
	return __real_uffd_raw_copy(fd, to, from, length, mode);
}

static long start(struct call *c)
{
	track_start(c->at);
	return 0;
}

static void waits(uint32_t method, const struct track_kind *kind)
{
	struct tracked t;
	struct call c = {.fn = start, .at = &t};
	struct toucher reader;
	char text[64];

	if (!(kind->modes & LIBUFFD_MISSING))
		return;
	track_serve(&t, method, kind, PAGES, 0, 0, (struct uffd_region_opts){.fault_around = 4096});
	gate_set();
	touch_start(&reader, served_page(&t.s, 1), false, 0);
	WAIT_UNTIL(gate_is_within());
	call_start(&c);
	call_asleep(&c);
	gate_release();
	ck_assert_int_eq(call_join(&c), 0);
	ck_assert_int_eq(touch_join(&reader), TOUCH_DONE);
	dirty_text(&t, text, sizeof(text));
	ck_assert_msg(text[0] == '\0', "%s: dirty is \"%s\"", t.name, text);
	track_write(&t, 1);
	EXPECT_DIRTY(&t, "1");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

static void start_waits_for_installs(void)
{
	track_each(waits, PAGES);
}

TEST_MAIN(start_waits_for_installs)
