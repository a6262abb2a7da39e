/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A page that was written and has left the page table is collected just while the loop maps it
 * again: it is not left writable and taken for protected. The next write is seen.
 */
#include "call.h"
#include "gatekeeper.h"
#include "tracked.h"

#define PAGES 4u

int64_t __wrap_uffd_raw_continue(int fd, uint64_t start, uint64_t length, uint64_t mode);
int64_t __real_uffd_raw_continue(int fd, uint64_t start, uint64_t length, uint64_t mode);

int64_t __wrap_uffd_raw_continue(int fd, uint64_t start, uint64_t length, uint64_t mode)
{
	gate_pass();
	return __real_uffd_raw_continue(fd, start, length, mode);
}

struct collected {
	struct tracked *t;
	char text[64];
};

static long collect(struct call *c)
{
	struct collected *got = c->at;

	dirty_text(got->t, got->text, sizeof(got->text));
	return 0;
}

static void meets(uint32_t method, const struct track_kind *kind)
{
	struct tracked t;
	struct collected got = {.t = &t};
	struct call c = {.fn = collect, .at = &got};
	struct toucher reader;

	if (!(kind->modes & LIBUFFD_MINOR))
		return;
	track_serve(&t, method, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	track_start(&t);
	track_write(&t, 1);
	ck_assert_int_eq(madvise(served_page(&t.s, 1), t.s.m.page, MADV_DONTNEED), 0);
	gate_set();
	touch_start(&reader, served_page(&t.s, 1), false, 0);
	WAIT_UNTIL(gate_is_within());
	call_start(&c);
	call_asleep(&c);
	gate_release();
	ck_assert_int_eq(call_join(&c), 0);
	ck_assert_int_eq(touch_join(&reader), TOUCH_DONE);
	ck_assert_msg(strcmp(got.text, "1") == 0, "%s: dirty is \"%s\"", t.name, got.text);
	/* It may be reported once more: it was mapped unprotected, if only for this moment. */
	dirty_text(&t, got.text, sizeof(got.text));
	for (int i = 0; i < 2; i++) {
		track_write(&t, 1);
		EXPECT_DIRTY(&t, "1");
	}
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

static void collect_meets_a_continue(void)
{
	track_each(meets, PAGES);
}

TEST_MAIN(collect_meets_a_continue)
