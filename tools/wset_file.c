/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: reading a working set, and telling why something failed.
 * Must never: print more than one line for a failure.
 */
#include "wset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int wset_failed(const char *path, const char *what)
{
	fprintf(stderr, "uffd-wset: %s: %s\n", path, what);
	return EXIT_FAILED;
}

int wset_printed(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_OK;
	/* An earlier error than this flush's has left the stream's mark only. */
	return wset_failed("standard output", errno ? strerror(errno) : "writing failed");
}

static const char *reason(int error)
{
	switch (error) {
	case -EBADMSG:
		return "damaged, truncated, or not a working set";
	case -EPROTONOSUPPORT:
		return "a working set of a version that is not known here";
	case -EFBIG:
		return "more entries than its region could have asked for";
	case -EINVAL: /* a path was given, so that is what is left of its causes */
		return "not a regular file";
	default:
		return strerror(-error);
	}
}

static int read_entries(struct wset *w, const struct uffd_workingset *set)
{
	uint64_t have = 0;
	int64_t more = 1;

	w->info.size = sizeof(w->info);
	more = uffd_workingset_info(set, &w->info);
	if (more < 0)
		return (int)more;
	w->entries = calloc(w->info.entries > 0 ? w->info.entries : 1, sizeof(*w->entries));
	if (!w->entries)
		return -ENOMEM;
	do {
		more = uffd_workingset_entries(set, have, w->entries + have,
					       w->info.entries - have);
		if (more < 0)
			return (int)more;
		have += (uint64_t)more;
	} while (more > 0 && have < w->info.entries);
	w->info.entries = have;
	return 0;
}

int wset_load(struct wset *w, const char *path)
{
	struct uffd_workingset *set;
	int ret;

	*w = (struct wset){.path = path};
	ret = uffd_workingset_load(&set, path, NULL);
	if (ret < 0)
		return wset_failed(path, reason(ret));
	ret = read_entries(w, set);
	uffd_workingset_close(set);
	if (ret == 0)
		return EXIT_OK;
	wset_free(w);
	return wset_failed(path, reason(ret));
}

void wset_free(struct wset *w)
{
	free(w->entries);
	w->entries = NULL;
}
