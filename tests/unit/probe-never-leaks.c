/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Neither descriptors nor mappings stay behind: not when everything works, and not when the
 * descriptors run out at any point, which is an error and no answer.
 */
#include "test.h"

#include <sys/resource.h>

#include <uffd/probe.h>
#include <uffd/raw.h>

#define ENOUGH 12 /* free descriptors with which every type can be asked */
#define ROUNDS 24

static int lowest_free(void)
{
	int fd = dup(STDIN_FILENO);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

static uint64_t mapped(void)
{
	unsigned long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%llu", &pages), 1);
	fclose(f);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int probe(uint32_t backing, uint64_t *page_size)
{
	struct uffd_memory_abilities can = {.size = sizeof(can)};
	int ret = uffd_probe_memory(backing, 0, &can);

	if (page_size)
		*page_size = can.page_size ? can.page_size : (uint64_t)sysconf(_SC_PAGESIZE);
	return ret;
}

static void with_few_descriptors(uint32_t backing)
{
	int first = lowest_free();
	struct rlimit usual, few;
	int ret[ENOUGH + 1];

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &usual), 0);
	for (int n = 0; n <= ENOUGH; n++) {
		few = usual;
		few.rlim_cur = (rlim_t)(first + n);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
		ret[n] = probe(backing, NULL);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &usual), 0);
		ck_assert_int_eq(lowest_free(), first);
	}
	ck_assert_int_eq(ret[0], -EMFILE);
	ck_assert_int_eq(ret[ENOUGH], 0);
	for (int n = 1; n <= ENOUGH; n++)
		ck_assert_msg(ret[n] == 0 || (ret[n] == -EMFILE && ret[n - 1] == -EMFILE),
			      "%s with %d descriptors: %d", uffd_backing_name(backing), n, ret[n]);
}

static void keeps_nothing(uint32_t backing)
{
	uint64_t before, after, page;

	probe(backing, &page);
	before = mapped();
	for (int i = 0; i < ROUNDS; i++)
		ck_assert_int_eq(probe(backing, NULL), 0);
	after = mapped();
	/* One page a round would be ROUNDS pages; a heap may have grown by a few. */
	ck_assert_msg(after < before + ROUNDS * page, "%s: %llu bytes more mapped",
		      uffd_backing_name(backing), (unsigned long long)(after - before));
}

static void never_leaks(void)
{
	uint64_t features;
	int ret = uffd_raw_features(&features);

	if (ret < 0)
		test_skip("no userfaultfd: %s", strerror(-ret));
	for (uint32_t backing = LIBUFFD_BACKING_ANON; backing < LIBUFFD_BACKING_COUNT; backing++) {
		with_few_descriptors(backing);
		keeps_nothing(backing);
	}
}

TEST_MAIN(never_leaks)
