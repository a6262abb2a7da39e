/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what record.h says. Must never: see record.h. */
#include "record.h"

#include <draw.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "util.h"

int record_begin(struct uffd_workingset **set, const struct options *options,
		 struct uffd_region *region)
{
	struct uffd_workingset_opts opts = {.size = sizeof(opts)};
	int ret;

	*set = NULL;
	if (!options->record && !options->trace)
		return 0;
	/* A replay wants the pages that were touched, a picture how things are otherwise. */
	if (!options->record)
		opts.flags |= LIBUFFD_WORKINGSET_AROUND;
	if (options->trace)
		opts.flags |= LIBUFFD_WORKINGSET_TRACE;
	ret = uffd_workingset_record(set, region, &opts);
	return ret < 0 ? complain_error("uffd_workingset_record", ret) : 0;
}

static int save(struct uffd_workingset *set, const struct uffd_workingset_info *info,
		const struct options *options)
{
	int ret = uffd_workingset_save(set, options->record,
				       options->pack ? LIBUFFD_WORKINGSET_PACK : 0);

	if (ret < 0)
		return complain_error(options->record, ret);
	printf("recorded %" PRIu64 " pages%s: %s\n", info->pages,
	       options->pack ? " and their content" : "", options->record);
	return 0;
}

static int write_picture(const struct options *options, const struct uffd_workingset_info *info,
			 const struct uffd_workingset_entry *entries, uint64_t count)
{
	char title[64];
	FILE *out = fopen(options->trace, "we");
	int ret;

	if (!out)
		return -errno;
	snprintf(title, sizeof(title), "A guest's memory on demand%s%s",
		 options->replay ? ", replayed" : "", options->prefetch ? ", prefetched" : "");
	ret = draw_trace(out, title, info, entries, count);
	if (fclose(out) == EOF && ret == 0)
		ret = -errno;
	return ret;
}

static int draw(const struct uffd_workingset *set, const struct uffd_workingset_info *info,
		const struct options *options)
{
	struct uffd_workingset_entry *entries = calloc(info->entries + 1, sizeof(*entries));
	int64_t count = -ENOMEM;
	int ret = -ENOMEM;

	if (entries)
		count = uffd_workingset_entries(set, 0, entries, info->entries);
	if (count >= 0)
		ret = write_picture(options, info, entries, (uint64_t)count);
	free(entries);
	if (ret < 0)
		return complain_error(options->trace, ret);
	printf("traced  %" PRId64 " requests: %s\n", count, options->trace);
	return 0;
}

int record_end(struct uffd_workingset *set, const struct options *options)
{
	struct uffd_workingset_info info = {.size = sizeof(info)};
	int ret;

	if (!set)
		return 0;
	ret = uffd_workingset_stop(set);
	if (ret == 0)
		ret = uffd_workingset_info(set, &info);
	if (ret < 0) {
		complain_error("the recording", ret);
	} else {
		ret = options->record ? save(set, &info, options) : 0;
		if (options->trace && draw(set, &info, options) < 0)
			ret = -1;
	}
	return ret < 0 ? -1 : 0;
}
