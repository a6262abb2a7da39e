/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A source that is answered by a thread of its own, in its order and in the reverse. */
#include "later.h"

#define PAGES   1024u
#define THREADS 8u

static struct served s;
static _Atomic int wrong;

static void *reads(void *arg)
{
	size_t first = (size_t)(uintptr_t)arg;

	for (size_t k = first; k < PAGES; k += THREADS)
		if (!served_right(&s, k))
			atomic_fetch_add(&wrong, 1);
	return NULL;
}

static void answered(uint32_t backing, uint32_t modes, bool backwards)
{
	pthread_t threads[THREADS];
	struct later l;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, backing, PAGES, 0, modes,
		    (struct uffd_region_opts){.fault_around = 16384});
	s.loop = serve_start(s.ctx, NULL);
	later_start(&l, backwards);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, reads, (void *)k), 0);
	for (size_t k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	serve_settled(&s);
	later_stop(&l);
	ck_assert(later_none_twice(&l));
	ck_assert_uint_eq(l.brought, PAGES * 4096);
	serve_end(&s);
	later_free(&l);
}

static void answered_by_another_thread(void)
{
	answered(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, false);
	answered(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, true);
	answered(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR, true);
}

TEST_MAIN(answered_by_another_thread)
