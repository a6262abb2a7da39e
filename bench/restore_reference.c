/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what no way of restoring can beat: reading the data and doing nothing with it, and
 * installing it without reading it.
 * Must never: call the library.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bare.h"
#include "restore.h"
#include "restore_disk.h"
#include "util.h"

#define READ_PIECE    MIB
#define INSTALL_PIECE (2 * MIB)

static void check_piece(const struct disk_piece *piece, const uint8_t *buffer)
{
	if (*(const uint64_t *)buffer != content_word(piece->offset / page_size()))
		fatal("disk: wrong bytes at %zu", (size_t)piece->offset);
}

static size_t cut(struct disk_piece *pieces, const struct snapshot *s)
{
	size_t count = 0;

	for (size_t i = 0; i < s->run_count; i++) {
		const struct snapshot_run *run = &s->runs[i];

		for (uint64_t done = 0; done < run->length; done += READ_PIECE) {
			uint64_t left = run->length - done;

			pieces[count++] = (struct disk_piece){
				.offset = run->offset + done,
				.length = left < READ_PIECE ? left : READ_PIECE,
			};
		}
	}
	return count;
}

int restore_start_disk(struct restore_run *run)
{
	const struct snapshot *s = &run->restore->snapshot;
	struct disk_piece *pieces = calloc(s->pages, sizeof(*pieces));
	uint8_t *buffers = map_anonymous(DISK_DEPTH * READ_PIECE);
	struct disk_job job = {.fd = s->direct, .pieces = pieces, .check = check_piece};
	int error = -EOPNOTSUPP;

	if (!pieces)
		fatal("out of memory");
	job.count = cut(pieces, s);
	for (size_t i = 0; i < DISK_DEPTH; i++)
		job.buffers[i] = buffers + i * READ_PIECE;
	if (s->direct >= 0)
		error = disk_read(&job);
	unmap(buffers, DISK_DEPTH * READ_PIECE);
	free(pieces);
	return error;
}

void restore_stop_disk(struct restore_run *run)
{
	(void)run;
}

static void install(int uffd, uint8_t *memory, const struct restore *r)
{
	const struct snapshot *s = &r->snapshot;
	uint64_t at = 0;

	for (size_t i = 0; i < s->run_count; i++) {
		uint64_t end = s->runs[i].offset + s->runs[i].length;

		if (at < s->runs[i].offset)
			bare_zero(uffd, memory + at, s->runs[i].offset - at);
		for (at = s->runs[i].offset; at < end;) {
			uint64_t piece = end - at < INSTALL_PIECE ? end - at : INSTALL_PIECE;

			bare_copy(uffd, memory + at, r->warm + at, piece);
			at += piece;
		}
	}
	if (at < s->length)
		bare_zero(uffd, memory + at, s->length - at);
}

int restore_start_install(struct restore_run *run)
{
	const struct restore *r = run->restore;
	int uffd = bare_open(0), error;

	if (uffd < 0)
		return uffd;
	run->memory = map_fresh(r->snapshot.length, r->o->memfd);
	error = bare_register(uffd, run->memory, r->snapshot.length, UFFDIO_REGISTER_MODE_MISSING);
	if (error)
		fatal("UFFDIO_REGISTER: error %d", error);
	install(uffd, run->memory, r);
	close(uffd);
	return 0;
}

void restore_stop_install(struct restore_run *run)
{
	unmap(run->memory, run->restore->snapshot.length);
}
