/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A region that is removed the moment a retry has filled its last page: the retry's end is its own.
 */
#include "serve.h"

#define ROUNDS 300

static struct served s;

static int fails_once(void *user)
{
	return atomic_exchange((_Atomic int *)user, 1) ? 0 : -EIO;
}

static int64_t read_once(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	if (fails_once(user))
		return -EIO;
	memcpy(buffer, s.content + offset, length);
	return (int64_t)length;
}

static int fault_once(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	if (fails_once(user))
		return -EIO;
	return uffd_copy(region, extent->offset, s.content + extent->offset, extent->length, 0);
}

static void region_removed_as_a_retry_ends(void)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_once};
	struct toucher t;
	_Atomic int failed;

	test_memory_make(&s.m, LIBUFFD_BACKING_ANON, 1);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx(0);
	s.loop = serve_start(s.ctx, NULL);
	for (int round = 0; round < ROUNDS; round++) {
		struct uffd_region_opts opts = {.retry_ns = 20000};

		atomic_store(&failed, 0);
		if (round & 1) {
			ck_assert_int_eq(uffd_source_open(&opts.source, s.m.length, &ops, &failed),
					 0);
		} else {
			opts.fault = fault_once;
			opts.user = &failed;
		}
		s.region = serve_region(&s, &s.m, LIBUFFD_MISSING, opts);
		uffd_source_close(opts.source);
		touch_start(&t, s.m.at, false, 0);
		while (page_state(&s, 0) != LIBUFFD_PAGE_CACHED)
			;
		ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), 0);
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
		ck_assert_uint_eq(t.value, s.content[0]);
		madvise(s.m.at, s.m.length, MADV_DONTNEED);
	}
	serve_end(&s);
}

TEST_MAIN(region_removed_as_a_retry_ends)
