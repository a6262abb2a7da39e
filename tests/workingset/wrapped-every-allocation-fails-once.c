/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Wherever an allocation or a mapping fails, of layers, a recording, a look at it, saving, loading
 * or a replay, the call fails with ENOMEM, or goes on without; everything is given back, the file
 * is whole or not there, and the memory has the right bytes.
 */
#include "failing.h"
#include "wsets.h"

#define PAGES 48u

/* What a call says while armed: 0, or ENOMEM for the one that failed. */
#define LIBRARY(ret, call)                                                                         \
	do {                                                                                       \
		bool before_ = failing_has_failed();                                               \
		failing_arm(true);                                                                 \
		ret = call;                                                                        \
		failing_arm(false);                                                                \
		ck_assert_msg(ret == 0 || (ret == -ENOMEM && !before_ && failing_has_failed()),    \
			      "%s, failing call %ld: %d", #call, failing, (int)ret);               \
	} while (0)
#define LIBRARY_VOID(call)                                                                         \
	do {                                                                                       \
		failing_arm(true);                                                                 \
		call;                                                                              \
		failing_arm(false);                                                                \
	} while (0)

static long failing; /* which call fails */
static struct counted c;
static struct place place;
static struct served s; /* its own context, of the test's */

static struct uffd_source *layers(struct uffd_source *base, struct uffd_source *diff)
{
	struct uffd_source *const both[] = {base, diff};
	struct uffd_source *source = NULL;
	int ret;

	LIBRARY(ret, uffd_source_open_layers(&source, both, 2));
	return ret == 0 ? source : NULL;
}

static struct uffd_workingset *recorded_set(void)
{
	struct uffd_workingset *set = NULL;
	int ret;

	LIBRARY(ret, uffd_workingset_record(&set, s.region, NULL));
	if (ret < 0)
		return NULL;
	ck_assert(served_right(&s, 3));
	ck_assert(served_right(&s, 40));
	serve_settled(&s);
	LIBRARY(ret, uffd_workingset_stop(set));
	return set;
}

static void look_at(struct uffd_workingset *set, uint64_t entries)
{
	struct uffd_workingset_info info = {.size = sizeof(info)};
	int ret;

	LIBRARY(ret, uffd_workingset_info(set, &info));
	if (ret == 0)
		ck_assert_uint_eq(info.entries, entries);
}

static void replayed(const char *path)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts)};
	struct uffd_workingset *set = NULL;
	struct uffd_prefetch *f = NULL;
	int ret;

	if (access(path, F_OK))
		return; /* it could not be saved */
	LIBRARY(ret, uffd_workingset_load(&set, path, s.region));
	if (ret < 0)
		return;
	look_at(set, 2);
	opts.workingset = set;
	LIBRARY(ret, uffd_prefetch_start(&f, s.region, &opts));
	if (ret == 0) {
		ck_assert_int_eq(prefetch_result(f), 0);
		LIBRARY_VOID(uffd_prefetch_close(f));
	}
	LIBRARY_VOID(uffd_workingset_close(set));
}

static void sequence(uint32_t flags)
{
	struct uffd_source *base = counted_open(&c, PAGES * UINT64_C(4096));
	struct uffd_source *diff = counted_open(&c, PAGES * UINT64_C(2048));
	struct uffd_source *source;
	struct uffd_workingset *set;
	int ret;

	failing_choose(failing);
	source = layers(base, diff);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source ? source : base});
	s.loop = serve_start(s.ctx, NULL);
	set = recorded_set();
	if (set) {
		look_at(set, 2);
		LIBRARY(ret, uffd_workingset_save(set, place.path, flags));
		ck_assert_uint_eq(place_files(&place), ret == 0);
		LIBRARY_VOID(uffd_workingset_close(set));
	}
	replayed(place.path);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	serve_end(&s);
	if (source)
		LIBRARY_VOID(uffd_source_close(source));
	uffd_source_close(base);
	uffd_source_close(diff);
	unlink(place.path);
	failing_expect_given_back(failing);
}

static void every_allocation_fails_once(void)
{
	long most = 0;

	place_make(&place);
	for (uint32_t flags = 0; flags <= LIBUFFD_WORKINGSET_PACK; flags++) {
		failing = 0;
		do {
			failing++;
			sequence(flags);
		} while (failing_has_failed());
		most = failing > most ? failing : most;
	}
	ck_assert_int_gt(most, 15);
	place_end(&place);
}

TEST_MAIN(every_allocation_fails_once)
