/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A thread waits for a page when the region moves away: it does not wait for ever, though the page
 * it asked for is not there any more (it takes SIGSEGV, or what is mapped at its address now).
 */
#include "serve.h"

#include <signal.h>

static struct served s;
static _Atomic int came;

static int later(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)region;
	(void)extent;
	(void)user;
	atomic_fetch_add(&came, 1);
	return 0;
}

static void *old;

/* Something else for it to read, so that it need not die. */
static void on_segv(int signal)
{
	(void)signal;
	if (mmap(old, s.m.length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		 0) != old)
		abort();
}

static void remap_while_a_thread_waits(void)
{
	struct sigaction sa = {.sa_handler = on_segv}, before;
	struct toucher t;
	void *to;

	serve(&s, LIBUFFD_BACKING_ANON, 8, UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_UNMAP,
	      LIBUFFD_MISSING, (struct uffd_region_opts){.fault = later});
	s.loop = serve_start(s.ctx, NULL);
	old = s.m.at;
	sigaction(SIGSEGV, &sa, &before);
	touch_start(&t, served_page(&s, 2), false, 0);
	WAIT_UNTIL(atomic_load(&came) == 1);
	to = mmap(NULL, s.m.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	s.m.at = mremap(old, s.m.length, s.m.length, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	ck_assert_ptr_eq(s.m.at, to);
	/* It finds this there, or comes before it and finds nothing. */
	ck_assert_ptr_eq(
		mmap(old, s.m.length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
		old);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.length, 0), 0);
	WAIT_UNTIL(atomic_load(&t.state) != TOUCH_RUNNING);
	if (touch_join(&t) == TOUCH_DONE)
		ck_assert_uint_eq(t.value, 0);
	else
		ck_assert_int_eq(atomic_load(&t.state), TOUCH_SIGSEGV);
	ck_assert(served_right(&s, 2));
	sigaction(SIGSEGV, &before, NULL);
	munmap(old, s.m.length);
	serve_end(&s);
}

TEST_MAIN(remap_while_a_thread_waits)
