/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Looking up takes no lock: regions that stay are found throughout, and regions that stay while
 * others come and go can be filled throughout.
 */
#include "claims.h"

#define REGIONS 64
#define ROUNDS  300

static struct served s;
static struct uffd_region *regions[REGIONS];
static _Atomic bool over;
static _Atomic int faults;

static struct uffd_region *add(unsigned int i)
{
	struct uffd_region_opts opts = {.size = sizeof(opts), .fault = served_fault, .user = &s};
	struct uffd_region *r = NULL;

	return uffd_region_add(&r, s.ctx, served_page(&s, 2 * i), s.m.page, LIBUFFD_MISSING, &opts)
		       ? NULL
		       : r;
}

/* Every other one comes and goes. */
static void *writer(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;

	for (int n = 0; n < ROUNDS; n++) {
		unsigned int i;

		seed = seed * 1103515245u + 12345u;
		/* Each writer has regions of its own. */
		i = ((seed >> 12) % (REGIONS / 4)) * 4 + 1 + 2 * ((unsigned int)(uintptr_t)arg % 2);
		if (!regions[i])
			regions[i] = add(i);
		else if (uffd_region_remove(regions[i], LIBUFFD_CLOSE_DROP))
			atomic_fetch_add(&faults, 1);
		else
			regions[i] = NULL;
	}
	return NULL;
}

static void *reader(void *arg)
{
	unsigned int i = (unsigned int)(uintptr_t)arg;

	while (!atomic_load(&over)) {
		uint64_t offset = 0;
		struct uffd_region *r;

		i = (i + 2) % REGIONS;
		r = uffd_region_lookup(s.ctx, served_page(&s, 2 * i) + 9, &offset);
		if (r != regions[i] || offset != 9)
			atomic_fetch_add(&faults, 1);
		else if (uffd_demand(r, 0, s.m.page, NULL))
			atomic_fetch_add(&faults, 1);
		if (uffd_region_lookup(s.ctx, served_page(&s, 2 * i + 1), NULL))
			atomic_fetch_add(&faults, 1);
	}
	return NULL;
}

static void come_and_go(void)
{
	pthread_t writers[2], readers[2];

	test_memory_make(&s.m, LIBUFFD_BACKING_ANON, 2 * REGIONS);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx(0);
	for (unsigned int i = 0; i < REGIONS; i += 2)
		ck_assert_ptr_nonnull(regions[i] = add(i));
	for (uintptr_t i = 0; i < 2; i++) {
		ck_assert_int_eq(pthread_create(&readers[i], NULL, reader, (void *)(i * 16)), 0);
		ck_assert_int_eq(pthread_create(&writers[i], NULL, writer, (void *)(i + 1)), 0);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(writers[i], NULL);
	atomic_store(&over, true);
	for (int i = 0; i < 2; i++)
		pthread_join(readers[i], NULL);
	ck_assert_int_eq(atomic_load(&faults), 0);
	serve_end(&s);
}
TEST_MAIN(come_and_go)
