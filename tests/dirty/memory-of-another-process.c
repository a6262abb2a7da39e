/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory of another process is tracked by its faults, never by the kernel's scan of this process;
 * when its owner is gone a collect says so, and the tracking can be ended.
 */
#include "process.h"
#include "tracked.h"

#include <sys/uio.h>

#define PAGES 8u

/* Into the other process: a write through its mapping. */
static void write_there(const struct owner *o, size_t page)
{
	uint8_t byte = 3;
	struct iovec local = {&byte, 1}, remote = {(uint8_t *)o->memory.at + page * 4096, 1};

	ck_assert_int_eq(process_vm_writev(o->pid, &local, 1, &remote, 1, 0), 1);
}

static void adopt(struct tracked *t, const struct owner *o, uint32_t method)
{
	struct uffd_region_opts opts = {.size = sizeof(opts),
					.flags = LIBUFFD_REGION_FOREIGN | LIBUFFD_REGION_REGISTERED,
					.backing = LIBUFFD_BACKING_ANON,
					.page_size = 4096};

	memset(t, 0, sizeof(*t));
	t->method = method;
	snprintf(t->name, sizeof(t->name), "%s", track_method_name(method));
	t->s.m = o->memory;
	ck_assert_int_eq(uffd_ctx_adopt(&t->s.ctx, o->fd, track_features(method), NULL), 0);
	ck_assert_int_eq(uffd_region_add(&t->s.region, t->s.ctx, t->s.m.at, t->s.m.length,
					 LIBUFFD_WP, &opts),
			 0);
	t->s.loop = serve_start(t->s.ctx, NULL);
}

static void end(struct tracked *t)
{
	ck_assert_int_eq(uffd_loop_close(t->s.loop), 0);
	ck_assert_int_eq(uffd_ctx_close(t->s.ctx, LIBUFFD_CLOSE_DROP), 0);
}

static void by_faults(void)
{
	struct uffd_range range;
	uint64_t offset = 0;
	struct tracked t;
	struct owner o;

	owner_start(&o, track_features(LIBUFFD_DIRTY_SYNC), UFFDIO_REGISTER_MODE_WP, PAGES);
	if (o.memory.page != 4096)
		test_skip("pages of %zu bytes", o.memory.page);
	adopt(&t, &o, LIBUFFD_DIRTY_SYNC);
	write_there(&o, 1);
	track_start(&t);
	write_there(&o, 1);
	write_there(&o, 4);
	EXPECT_DIRTY(&t, "1 4");
	write_there(&o, 5);
	EXPECT_DIRTY(&t, "5");
	EXPECT_DIRTY(&t, "");
	track_stop(&t);
	write_there(&o, 1);

	track_start(&t);
	write_there(&o, 1);
	owner_end(&o);
	ck_assert_int_eq(uffd_dirty_collect(t.dirty, &offset, &range, 1), -ESRCH);
	ck_assert_uint_eq(offset, 0);
	track_stop(&t);
	ck_assert_int_eq(uffd_dirty_start(&t.dirty, t.s.region, NULL), -ESRCH);
	end(&t);
}

static void never_by_a_scan(void)
{
	const struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = LIBUFFD_DIRTY_ASYNC};
	struct tracked t;
	struct owner o;

	owner_start(&o, track_features(LIBUFFD_DIRTY_ASYNC), UFFDIO_REGISTER_MODE_WP, PAGES);
	adopt(&t, &o, LIBUFFD_DIRTY_ASYNC);
	ck_assert_int_eq(uffd_dirty_start(&t.dirty, t.s.region, &opts), -EOPNOTSUPP);
	ck_assert_int_eq(uffd_dirty_start(&t.dirty, t.s.region, NULL), -EOPNOTSUPP);
	owner_end(&o);
	end(&t);
}

static void memory_of_another_process(void)
{
	by_faults();
	never_by_a_scan();
}

TEST_MAIN(memory_of_another_process)
