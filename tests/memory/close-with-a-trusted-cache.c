/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Trust in the page cache is no word about its holes: a region that owes them content refuses to
 * end, FINISH fills them, and POISON poisons them; what is in the cache stays in every case. Once
 * there is no hole, or where only MINOR faults are served, there is nothing to refuse.
 */
#include "claims.h"

#define PAGES 8

static void make(struct served *s, size_t cached, uint32_t modes)
{
	struct uffd_region_opts opts = {.size = sizeof(opts),
					.flags = LIBUFFD_REGION_FD | LIBUFFD_REGION_TRUST_CACHE,
					.fault = served_fault,
					.user = s};

	memset(s, 0, sizeof(*s));
	test_memory_make(&s->m, LIBUFFD_BACKING_SHMEM, PAGES);
	s->content = content_make(s->m.length);
	for (size_t p = 0; p < cached; p++)
		page_pwrite(&s->m, p, 0xee);
	s->ctx = serve_ctx(0);
	opts.fd = s->m.fd;
	ck_assert_int_eq(uffd_region_add(&s->region, s->ctx, s->m.at, s->m.length, modes, &opts),
			 0);
}

static void end(struct served *s)
{
	munmap(s->content, s->m.length);
	test_memory_free(&s->m);
}

static void trusted_cache(void)
{
	const uint32_t both = LIBUFFD_MISSING | LIBUFFD_MINOR;
	struct toucher t;
	struct served s;

	make(&s, 3, both);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_FINISH), 0);
	ck_assert(bytes_are(s.m.at, 0xee, 3 * s.m.page));
	ck_assert(content_is(served_page(&s, 3), 3 * s.m.page, (PAGES - 3) * s.m.page));
	end(&s);

	make(&s, 3, both);
	if (uffd_ctx_features(s.ctx) & UFFD_FEATURE_POISON) {
		ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_POISON), 0);
		ck_assert(bytes_are(s.m.at, 0xee, 3 * s.m.page));
		touch_start(&t, served_page(&s, 3), false, 0);
		ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	} else {
		ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
	}
	end(&s);

	make(&s, PAGES, both);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	ck_assert(bytes_are(s.m.at, 0xee, s.m.length));
	end(&s);

	make(&s, 3, LIBUFFD_MINOR);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	end(&s);
}
TEST_MAIN(trusted_cache)
