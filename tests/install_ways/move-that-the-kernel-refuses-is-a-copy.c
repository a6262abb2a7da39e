/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Pages that cannot be moved are copied: those that are pinned where they were read to (EBUSY),
 * those that the source has given back to the kernel there (holes, ENOENT), and those of memory
 * that is locked (EINVAL). Every byte is right, and nothing is an error.
 */
#include "ways.h"
#include "held.h"

#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define LENGTH (2 * WAYS_HUGE)

static struct held held;
static uint8_t *expected;

enum kind { PINNED, HOLES, LOCKED, KINDS };
static const char *const names[KINDS] = {"pinned", "holes", "locked"};

/* A ring that has registered the buffer holds it in place. */
static int pin(const struct held_read *read)
{
	struct io_uring_params params = {0};
	struct iovec iov = {read->to, (size_t)read->length};
	int ring = (int)syscall(SYS_io_uring_setup, 4, &params);

	if (ring < 0)
		test_skip("no io_uring to pin pages with: %s", strerror(errno));
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &iov, 1))
		test_skip("no pages to be pinned: %s", strerror(errno));
	return ring;
}

static void unpin(int ring)
{
	ck_assert_int_eq(syscall(SYS_io_uring_register, ring, IORING_UNREGISTER_BUFFERS, NULL, 0),
			 0);
	close(ring);
}

static void answer(enum kind kind, const struct held_read *read)
{
	int ring;

	held_bytes(&held, read->to, read->offset, read->length);
	switch (kind) {
	case PINNED:
		ring = pin(read);
		uffd_read_done(read->read, (int64_t)read->length);
		unpin(ring);
		break;
	case HOLES:
		/* Zeros, in the cheapest way. */
		ck_assert_int_eq(madvise(read->to + 20 * 4096, 10 * 4096, MADV_DONTNEED), 0);
		memset(expected + read->offset + 20 * 4096, 0, 10 * 4096);
		/* fallthrough */
	default:
		uffd_read_done(read->read, (int64_t)read->length);
	}
}

static void copied(enum kind kind)
{
	struct uffd_prefetch *f;
	struct uffd_source *source;
	struct uffd_stats stats;
	struct held_read read;
	struct served s = {0};

	memset(&held, 0, sizeof(held));
	way_aligned(&s.m, LENGTH, 0, -1, 0);
	s.content = content_make(s.m.length);
	expected = content_make(s.m.length);
	held.content = s.content;
	if (kind == LOCKED && mlock2(s.m.at, s.m.length, MLOCK_ONFAULT))
		test_skip("no memory may be locked: %s", strerror(errno));
	s.ctx = serve_ctx(UFFD_FEATURE_MOVE);
	source = held_open(&held, s.m.length);
	s.region = serve_region(
		&s, &s.m, LIBUFFD_MISSING,
		(struct uffd_region_opts){.source = source, .install = LIBUFFD_INSTALL_MOVE});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_start(&f, s.region, NULL), 0);
	for (uint64_t done = 0; done < LENGTH; done += read.length) {
		WAIT_UNTIL(held_take(&held, UINT64_MAX, &read));
		ck_assert_uint_eq(read.length, WAYS_HUGE);
		answer(kind, &read);
	}
	ck_assert_int_eq(uffd_prefetch_wait(f, NULL), 0);
	uffd_prefetch_close(f);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.source_errors, 0);
	ck_assert_uint_eq(stats.pages_moved + stats.pages_copied, LENGTH / 4096);
	ck_assert_msg(stats.pages_copied == (kind == HOLES ? 20 : LENGTH / 4096),
		      "%s: %llu were copied", names[kind], (unsigned long long)stats.pages_copied);
	way_right(&s, expected, names[kind]);
	munmap(expected, LENGTH);
	serve_end(&s);
}

static void move_that_the_kernel_refuses_is_a_copy(void)
{
	copied(HOLES);
	copied(LOCKED);
	copied(PINNED);
}

TEST_MAIN(move_that_the_kernel_refuses_is_a_copy)
