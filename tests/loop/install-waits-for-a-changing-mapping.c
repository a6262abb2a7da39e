/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A thread that is not the reader installs a page while the mapping is changing: it waits for the
 * reader to read, then succeeds. The reader itself, in the same place, reads.
 */
#include "serve.h"

#define PAGES 32

static struct served s;
static _Atomic bool removed;

static void *removes(void *arg)
{
	(void)arg;
	if (madvise(served_page(&s, PAGES - 1), s.m.page, MADV_DONTNEED) == 0)
		atomic_store(&removed, true);
	return NULL;
}

static void *installs(void *arg)
{
	struct uffd_extent extent;
	int ret = uffd_claim(s.region, 4 * s.m.page, 4 * s.m.page, &extent);

	(void)arg;
	if (ret == 0)
		ret = (int)copy_patiently(s.region, extent.offset, s.content + extent.offset,
					  extent.length);
	return (void *)(intptr_t)ret;
}

static bool changing(void)
{
	uint8_t *page = served_page(&s, 0);

	/* Asked of the kernel: an install of a page that is there says EEXIST, if it looks at all.
	 */
	return uffd_raw_copy(uffd_ctx_fd(s.ctx), (uintptr_t)page, s.content, s.m.page, 0) ==
	       -EAGAIN;
}

static void begin(pthread_t *thread)
{
	atomic_store(&removed, false);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE, LIBUFFD_MISSING,
	      (struct uffd_region_opts){0});
	s.loop = serve_open(s.ctx, NULL);
	ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), 0);
	ck_assert_int_eq(uffd_prefetch(s.region, 0, s.m.page), 0);
	ck_assert_int_eq(pthread_create(thread, NULL, removes, NULL), 0);
	WAIT_UNTIL(changing());
}

static void install_waits_for_a_changing_mapping(void)
{
	pthread_t remover, installer;
	void *ret;

	begin(&remover);
	ck_assert_int_eq(pthread_create(&installer, NULL, installs, NULL), 0);
	WAIT_UNTIL(stats_of(s.ctx).install_retries > 0);
	DISPATCH_UNTIL(s.loop, atomic_load(&removed));
	pthread_join(installer, &ret);
	ck_assert_int_eq((intptr_t)ret, 0);
	pthread_join(remover, NULL);
	ck_assert(served_right(&s, 5));
	ck_assert_uint_eq(page_state(&s, PAGES - 1), LIBUFFD_PAGE_EMPTY | LIBUFFD_PAGE_DISCARDED);
	serve_end(&s);

	begin(&remover);
	ck_assert_ptr_null(installs(NULL));
	ck_assert_uint_gt(stats_of(s.ctx).install_retries, 0);
	pthread_join(remover, NULL);
	ck_assert(served_right(&s, 5));
	ck_assert_uint_eq(page_state(&s, PAGES - 1), LIBUFFD_PAGE_EMPTY | LIBUFFD_PAGE_DISCARDED);
	serve_end(&s);
}

TEST_MAIN(install_waits_for_a_changing_mapping)
