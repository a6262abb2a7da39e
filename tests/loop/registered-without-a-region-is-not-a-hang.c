/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory that is registered and that no region has (it grew in place, or stayed behind when mremap
 * moved its pages): threads that touch it, several at once, get zeros or SIGBUS, and never wait for
 * ever.
 */
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#include "serve.h"

#define PAGES   8u
#define THREADS 3

static void expect_end(uint8_t *at, size_t page)
{
	struct toucher t[THREADS];

	for (size_t k = 0; k < THREADS; k++)
		touch_start(&t[k], at + k * page, k == 1, 7);
	for (size_t k = 0; k < THREADS; k++)
		WAIT_UNTIL(atomic_load(&t[k].state) != TOUCH_RUNNING);
	for (size_t k = 0; k < THREADS; k++)
		if (touch_join(&t[k]) == TOUCH_DONE)
			ck_assert_uint_eq(t[k].value, k == 1 ? 7 : 0);
}

static void begin(struct served *s, uint8_t *room)
{
	memset(s, 0, sizeof(*s));
	s->m = (struct test_memory){.page = (size_t)sysconf(_SC_PAGESIZE), .fd = -1};
	s->m.length = PAGES * s->m.page;
	/* With room behind it, to grow in place. */
	s->m.at = mmap(room, s->m.length, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	ck_assert_ptr_eq(s->m.at, room);
	s->content = content_make(s->m.length);
	s->ctx = serve_ctx(UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_UNMAP);
	s->region = serve_region(s, &s->m, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	s->loop = serve_start(s->ctx, NULL);
	ck_assert(served_right(s, 1));
}

static void registered_without_a_region_is_not_a_hang(void)
{
	size_t length = PAGES * (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *room = mmap(NULL, 2 * length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct served s;
	uint8_t *at;

	munmap(room + length, length);
	begin(&s, room);
	if (mremap(room, length, 2 * length, 0) == room) {
		expect_end(room + length, s.m.page);
		munmap(room + length, length);
	}
	ck_assert_int_eq(memcmp(room, s.content, length), 0);
	serve_end(&s);

	begin(&s, room);
	at = mremap(room, length, length, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	if (at != MAP_FAILED) {
		expect_end(room, s.m.page);
		ck_assert_int_eq(memcmp(at, s.content, length), 0);
		munmap(room, length);
		s.m.at = at;
	}
	serve_end(&s);
}

TEST_MAIN(registered_without_a_region_is_not_a_hang)
