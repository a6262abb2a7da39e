/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Content that never came is one line of the log, not one a page, and nothing else is. */
#include "failing.h"

static unsigned int lines;
static int level_seen;

static void note(int level, const char *line, void *user)
{
	lines++;
	level_seen = level;
	ck_assert_ptr_eq(user, &lines);
	ck_assert_ptr_nonnull(strstr(line, "content"));
	ck_assert_ptr_null(strchr(line, '\n'));
}

static void told(void)
{
	struct uffd_ctx_opts o = {.size = sizeof(o), .log = note, .log_user = &lines};
	struct served s = {0};

	uffd_ctx_close(serve_ctx(UFFD_FEATURE_POISON), LIBUFFD_CLOSE_REFUSE);
	test_memory_make(&s.m, LIBUFFD_BACKING_ANON, 16);
	s.content = content_make(s.m.length);
	ck_assert_int_eq(uffd_ctx_open(&s.ctx, &o), 0);
	s.region = serve_region(&s, &s.m, LIBUFFD_MISSING,
				(struct uffd_region_opts){.fault = fail_while_failing,
							  .max_retries = 2,
							  .retry_ns = 1000});
	ck_assert_int_eq(uffd_demand(s.region, 0, 8 * s.m.page, NULL), 0);
	ck_assert_uint_eq(lines, 0);
	atomic_store(&failing, -EIO);
	ck_assert_int_eq(uffd_demand(s.region, 8 * s.m.page, 8 * s.m.page, NULL), -EHWPOISON);
	ck_assert_uint_eq(lines, 1);
	ck_assert_int_eq(level_seen, LIBUFFD_LOG_ERROR);
	serve_end(&s);
	ck_assert_uint_eq(lines, 1);
}
TEST_MAIN(told)
