/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: restoring without the library: page by page on faults, by mmap(2), by reading everything
 * first.
 * Must never: call the library.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "restore.h"
#include "util.h"

#define PIECE (2 * MIB)

static int start_pager(struct restore_run *run, const struct pager_kind *kind)
{
	const struct restore *r = run->restore;
	int error;

	run->pager = (struct pager){
		.kind = kind,
		.content = &run->content,
		.cpu = r->cpu,
		.length = r->snapshot.length,
		.memfd = r->o->memfd,
	};
	error = kind->start(&run->pager);
	run->memory = run->pager.memory;
	return error;
}

int restore_start_page(struct restore_run *run)
{
	const struct snapshot *s = &run->restore->snapshot;

	run->content = (struct content){.length = s->length, .fd = s->fd};
	return start_pager(run, &pager_blocking);
}

int restore_start_page_mmap(struct restore_run *run)
{
	const struct snapshot *s = &run->restore->snapshot;
	void *file = mmap(NULL, s->length, PROT_READ, MAP_SHARED, s->fd, 0);

	if (file == MAP_FAILED)
		fatal("mapping the snapshot: %m");
	run->content = (struct content){.length = s->length, .memory = file, .fd = -1};
	return start_pager(run, &pager_blocking);
}

int restore_start_mmap(struct restore_run *run)
{
	const struct snapshot *s = &run->restore->snapshot;

	run->content = (struct content){.length = s->length, .fd = s->fd};
	return start_pager(run, &pager_mmap);
}

void restore_stop_pager(struct restore_run *run)
{
	run->pager.kind->stop(&run->pager);
	if (run->content.memory)
		unmap((void *)run->content.memory, run->content.length);
}

int restore_start_read_first(struct restore_run *run)
{
	const struct snapshot *s = &run->restore->snapshot;

	run->memory = map_fresh(s->length, run->restore->o->memfd);
	for (uint64_t at = 0; at < s->length;) {
		uint64_t piece = s->length - at < PIECE ? s->length - at : PIECE;
		ssize_t n = pread(s->fd, run->memory + at, piece, (off_t)at);

		if (n <= 0)
			fatal("reading the snapshot: %m");
		at += (uint64_t)n;
	}
	return 0;
}

void restore_stop_read_first(struct restore_run *run)
{
	unmap(run->memory, run->restore->snapshot.length);
}
