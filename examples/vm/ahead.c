/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what ahead.h says. Must never: see ahead.h. */
#include "ahead.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <uffd/workingset.h>

#include "util.h"

/* Why a file is not replayed. */
static const char *why_not(int error)
{
	switch (error) {
	case -EBADMSG:
		return "damaged, or not a working set";
	case -EPROTONOSUPPORT:
		return "a working set of another version";
	case -EINVAL:
		return "not a regular file";
	case -EXDEV:
		return "the working set of another snapshot";
	default:
		return strerror(-error);
	}
}

static int start_replay(struct ahead *ahead, const char *path, struct uffd_region *region)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts)};
	int ret = uffd_workingset_load(&opts.workingset, path, region);

	if (ret < 0)
		return ret;
	ret = uffd_prefetch_start(&ahead->replay, region, &opts);
	uffd_workingset_close(opts.workingset); /* the replay keeps it */
	return ret;
}

void ahead_begin(struct ahead *ahead, const struct options *options, struct uffd_region *region)
{
	int ret;

	*ahead = (struct ahead){NULL, NULL};
	if (options->replay && (ret = start_replay(ahead, options->replay, region)) < 0)
		complain_format(options->replay, "%s; going on without it", why_not(ret));
	/* Begun later, it waits until the replay has ended. */
	if (options->prefetch && (ret = uffd_prefetch_start(&ahead->hydration, region, NULL)) < 0)
		complain_format("prefetch", "%s; going on without it", strerror(-ret));
}

static struct uffd_prefetch_progress look(const struct uffd_prefetch *prefetch)
{
	struct uffd_prefetch_progress now = {.size = sizeof(now)};

	uffd_prefetch_progress(prefetch, &now);
	return now;
}

void ahead_show(const struct ahead *ahead, struct progress *progress)
{
	struct uffd_prefetch_progress now;
	const char *what = "replayed";

	if (!ahead->replay && !ahead->hydration)
		return;
	if (ahead->replay)
		now = look(ahead->replay);
	if (!ahead->replay || (ahead->hydration && now.state != LIBUFFD_PREFETCH_RUNNING)) {
		what = "prefetched";
		now = look(ahead->hydration);
	}
	progress_also(progress, what, now.bytes_done, now.bytes_total);
}

static void wait_for(struct uffd_prefetch *prefetch)
{
	struct timespec deadline;
	int ret = -ETIMEDOUT;

	while (prefetch && ret == -ETIMEDOUT && !interrupted()) {
		clock_gettime(CLOCK_MONOTONIC, &deadline);
		deadline.tv_sec++;
		ret = uffd_prefetch_wait(prefetch, &deadline);
	}
}

void ahead_wait(const struct ahead *ahead)
{
	wait_for(ahead->replay);
	wait_for(ahead->hydration);
}

static void report(const char *name, const struct uffd_prefetch *prefetch)
{
	struct uffd_prefetch_progress now = look(prefetch);

	printf("%s %.1f of %.1f MiB brought before they were asked for", name,
	       (double)now.bytes_brought / 0x1p20, (double)now.bytes_total / 0x1p20);
	if (now.error)
		printf("; ended: %s",
		       now.error == -EBADMSG ? "damaged content" : strerror(-now.error));
	printf("\n");
}

void ahead_report(const struct ahead *ahead)
{
	if (ahead->replay)
		report("replay ", ahead->replay);
	if (ahead->hydration)
		report("prefetch", ahead->hydration);
}

void ahead_close(struct ahead *ahead)
{
	uffd_prefetch_close(ahead->replay);
	uffd_prefetch_close(ahead->hydration);
	*ahead = (struct ahead){NULL, NULL};
}
