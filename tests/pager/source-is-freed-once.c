/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A source's free is called exactly once: when the last of handle and regions is gone, and also
 * when opening fails.
 */
#include "serve.h"

static _Atomic int freed;

static int64_t read_it(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	content_write(buffer, offset, length);
	return (int64_t)length;
}

static void free_it(void *user)
{
	atomic_fetch_add((_Atomic int *)user, 1);
}

static void opening_fails(void)
{
	struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it, .free = free_it};
	struct uffd_source *source = NULL;
	int n = 0;

	atomic_store(&freed, 0);
	ck_assert_int_eq(uffd_source_open(&source, 0, &ops, &freed), -EINVAL);
	ck_assert_int_eq(atomic_load(&freed), ++n);
	ck_assert_int_eq(uffd_source_open(NULL, 1, &ops, &freed), -EINVAL);
	ck_assert_int_eq(atomic_load(&freed), ++n);
	ops.read = NULL;
	ck_assert_int_eq(uffd_source_open(&source, 1, &ops, &freed), -EINVAL);
	ck_assert_int_eq(atomic_load(&freed), ++n);
	ck_assert_int_eq(uffd_source_open(&source, 1, NULL, NULL), -EINVAL);
	ck_assert_ptr_null(source);
	uffd_source_close(NULL);
	ck_assert_uint_eq(uffd_source_length(NULL), 0);
}

static void source_is_freed_once(void)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it, .free = free_it};
	struct test_memory other;
	struct uffd_source *source;
	struct uffd_region *second;
	struct served s;

	opening_fails();
	atomic_store(&freed, 0);
	ck_assert_int_eq(uffd_source_open(&source, 8 * 4096, &ops, &freed), 0);
	uffd_source_close(source);
	ck_assert_int_eq(atomic_load(&freed), 1);

	/* Two regions, from different places of the same source. */
	atomic_store(&freed, 0);
	ck_assert_int_eq(uffd_source_open(&source, 16 * 4096, &ops, &freed), 0);
	serve(&s, LIBUFFD_BACKING_ANON, 8, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source});
	test_memory_make(&other, LIBUFFD_BACKING_SHMEM, 8);
	second = serve_region(
		&s, &other, LIBUFFD_MISSING | LIBUFFD_MINOR,
		(struct uffd_region_opts){.source = source, .source_offset = 8 * 4096 - 7});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < 8; k++) {
		ck_assert(served_right(&s, k));
		ck_assert(content_is((uint8_t *)other.at + k * 4096, (8 + k) * 4096 - 7, 4096));
	}
	WAIT_UNTIL(uffd_region_remove(second, LIBUFFD_CLOSE_REFUSE) == 0);
	ck_assert_int_eq(atomic_load(&freed), 0);
	ck_assert(served_right(&s, 3));
	serve_end(&s);
	ck_assert_int_eq(atomic_load(&freed), 1);
	test_memory_free(&other);
}

TEST_MAIN(source_is_freed_once)
