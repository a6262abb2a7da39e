/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Whichever allocation fails, reading and writing say so, and what there was is freed. The
 * allocations are replaced by ones that fail when they are told to.
 */
#include "wset.h"

/* The linker's names for what it replaces (--wrap). */
void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void __real_free(void *at);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void __wrap_free(void *at);

static bool counting;
static unsigned int until_failure, allocated;

static bool fails(void)
{
	if (!counting)
		return false;
	if (until_failure && --until_failure == 0)
		return true;
	allocated++;
	return false;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void __wrap_free(void *at)
{
	if (counting && at)
		allocated--;
	__real_free(at);
}

static void begin(unsigned int failure)
{
	allocated = 0;
	until_failure = failure;
	counting = true;
}

static void without_memory(void)
{
	static struct wset w;
	struct wset_file got, none;
	int fd = wset_memfd(), ret;
	unsigned int failure;

	memset(&none, 0, sizeof(none));
	wset_fill(&w);
	wset_write(fd, &w);
	for (failure = 1;; failure++) {
		begin(failure);
		ret = wset_file_read(fd, &got);
		counting = false;
		if (ret == 0)
			break;
		ck_assert_int_eq(ret, -ENOMEM);
		ck_assert_uint_eq(allocated, 0);
		ck_assert_mem_eq(&got, &none, sizeof(got));
	}
	ck_assert_uint_eq(failure, 5); /* three tables, and a copy to sort */
	ck_assert_uint_eq(allocated, 3);
	counting = true;
	wset_file_free(&got);
	counting = false;
	ck_assert_uint_eq(allocated, 0);

	/* A file that is refused leaves nothing either. */
	wset_put(fd, WSET_HEADER + AT_LENGTH, 8, 0);
	wset_sign(fd, wset_tables_end(&w.f));
	begin(0);
	ret = wset_file_read(fd, &got);
	counting = false;
	ck_assert_int_eq(ret, -EBADMSG);
	ck_assert_uint_eq(allocated, 0);

	begin(1);
	ret = wset_file_write(fd, &w.f);
	counting = false;
	ck_assert_int_eq(ret, -ENOMEM);
	ck_assert_uint_eq(allocated, 0);
	close(fd);
}
TEST_MAIN(without_memory)
