/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A dropped child finds zeros where nothing had come, also when a process that was forked later has
 * a copy of its descriptor, and when it waits for a page already.
 */
#include "forked.h"

#define PAGES 8u

static struct served s;
static struct forked_queue q;

static int looks(void *arg)
{
	(void)arg;
	if (!content_is(served_page(&s, 1), s.m.page, s.m.page))
		return 1;
	for (size_t p = 2; p < PAGES; p++)
		if (!all_zero(served_page(&s, p), s.m.page))
			return (int)p;
	return 0;
}

static int sleeps(void *arg)
{
	(void)arg;
	return 0;
}

static bool is_asleep(pid_t pid)
{
	char path[64], line[256] = "", *end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	line[fread(line, 1, sizeof(line) - 1, f)] = '\0';
	fclose(f);
	/* In no system call, and not running: in a fault. */
	end = strchr(line, ' ');
	return end && !strncmp(line, "-1 ", 3);
}

static void dropped_child(void)
{
	struct uffd_loop_opts opts = forked_loop_opts(&q);
	struct uffd_child *child, *second;
	struct forked f, sibling;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_FORK, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = 4096});
	s.loop = serve_start(s.ctx, &opts);
	ck_assert(served_right(&s, 1));
	forked_make(&f, looks, NULL);
	child = forked_next(&q);
	forked_make(&sibling, sleeps, NULL);
	second = forked_next(&q);
	forked_go(&f);
	WAIT_UNTIL(is_asleep(f.pid));
	uffd_child_drop(child);
	ck_assert_int_eq(forked_end(&f), 0);
	uffd_child_drop(second);
	forked_go(&sibling);
	ck_assert_int_eq(forked_end(&sibling), 0);
	serve_end(&s);
}

TEST_MAIN(dropped_child)
