/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A set is of the process that made it: in a forked child every call on it is -ECHILD, also to
 * replay it on a region of the child's own, and closing it there leaves the parent's as it is,
 * recording. What a child loads itself is its own.
 */
#include "wsets.h"

#include <sys/wait.h>

#define PAGES 16u

static struct counted c;
static struct place place;
static struct served s;
static struct uffd_workingset *recording, *loaded;

#define SAYS(call, expected)                                                                       \
	do {                                                                                       \
		if ((call) != (expected))                                                          \
			_exit(__LINE__ & 0xff ? __LINE__ & 0xff : 1);                              \
	} while (0)

static void refused(struct uffd_workingset *set)
{
	struct uffd_workingset_info info = {.size = sizeof(info)};
	struct uffd_workingset_entry e;

	SAYS(uffd_workingset_stop(set), -ECHILD);
	SAYS(uffd_workingset_info(set, &info), -ECHILD);
	SAYS(uffd_workingset_entries(set, 0, &e, 1), -ECHILD);
	SAYS(uffd_workingset_save(set, "/tmp/uffd-test-never", 0), -ECHILD);
	SAYS(uffd_workingset_save(set, "/tmp/uffd-test-never", LIBUFFD_WORKINGSET_PACK), -ECHILD);
}

/* A region of the child's own, as like the parent's as can be. */
static void replay_elsewhere(void)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts)};
	void *at =
		mmap(NULL, s.m.length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffd_region_opts r = {.size = sizeof(r)};
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = counted_read};
	struct uffd_workingset *own;
	struct uffd_region *region;
	struct uffd_prefetch *f;
	struct uffd_ctx *ctx;

	SAYS(uffd_source_open(&r.source, s.m.length, &ops, &c), 0);
	SAYS(uffd_ctx_open(&ctx, NULL), 0);
	SAYS(uffd_region_add(&region, ctx, at, s.m.length, LIBUFFD_MISSING, &r), 0);
	uffd_source_close(r.source);
	opts.workingset = loaded;
	SAYS(uffd_prefetch_start(&f, region, &opts), -ECHILD);
	opts.workingset = recording;
	SAYS(uffd_prefetch_start(&f, region, &opts), -ECHILD);
	SAYS(uffd_workingset_load(&own, place.path, region), 0);
	opts.workingset = own;
	SAYS(uffd_prefetch_start(&f, region, &opts), 0);
	uffd_prefetch_close(f);
	uffd_workingset_close(own);
	SAYS(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
}

static void child(void)
{
	struct uffd_workingset *set;

	SAYS(uffd_workingset_record(&set, s.region, NULL), -ECHILD);
	SAYS(uffd_workingset_load(&set, place.path, s.region), -ECHILD);
	refused(recording);
	refused(loaded);
	replay_elsewhere();
	uffd_workingset_close(recording);
	uffd_workingset_close(loaded);
	SAYS(uffd_workingset_load(&set, place.path, NULL), 0);
	uffd_workingset_close(set);
	_exit(0);
}

static void forked_child_is_refused(void)
{
	struct uffd_workingset *set;
	int status;
	pid_t pid;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = record_touches(&s, (size_t[]){3, 4}, 2);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
	uffd_workingset_close(set);
	loaded = load(place.path, s.region);
	recording = record(&s, 0);
	ck_assert(served_right(&s, 7));
	recorded(recording, 1);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		child();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child's line %d, 0x%x",
		      WEXITSTATUS(status), (unsigned int)status);
	ck_assert_int_eq(atomic_load(&c.freed), 0);
	/* It still records, and the other replays. */
	ck_assert(served_right(&s, 8));
	recorded(recording, 2);
	ck_assert_int_eq(replay(s.region, loaded), 0);
	uffd_workingset_close(loaded);
	uffd_workingset_close(recording);
	serve_end(&s);
	place_end(&place);
}

TEST_MAIN(forked_child_is_refused)
