/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a file like the memory of a machine at rest, on a disk: runs of data with holes between
 * them, and whether it is in the page cache.
 * Must never: leave a file behind. It has no name from the start.
 */
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "content.h"
#include "util.h"

#define RUN_MAX MIB /* 4 KiB to 1 MiB, each power of two as often as the next */

const char *snapshot_directory(const struct options *o)
{
	const char *directory = o->directory ? o->directory : getenv("TMPDIR");

	return directory ? directory : "/tmp";
}

void descriptor_path(char *path, size_t size, int fd)
{
	snprintf(path, size, "/proc/self/fd/%d", fd);
}

static int open_file(const char *directory)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/uffd-bench-XXXXXX", directory);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		fatal("%s: %m", path);
	unlink(path);
	return fd;
}

static int open_direct(int fd)
{
	char path[32];

	descriptor_path(path, sizeof(path), fd);
	return open(path, O_RDONLY | O_CLOEXEC | O_DIRECT);
}

/* Where "cold" would mean nothing. */
static bool in_memory(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		fatal("fstatfs: %m");
	return fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC;
}

/* A third of what there is so far, or of what there will be, is holes. */
static void lay_out(struct snapshot *s, bool holes)
{
	struct random r = {.state = 1};
	size_t hole_pages = 0, at = 0;
	unsigned int steps = 1;

	while (page_size() << (steps - 1) < RUN_MAX)
		steps++;
	while (at < s->pages) {
		size_t count = (size_t)1 << random_below(&r, steps);
		bool data = !holes || 3 * hole_pages >= at;

		count += random_below(&r, count);
		for (; count && at < s->pages; count--, at++) {
			s->data[at] = data;
			hole_pages += !data;
		}
	}
	s->data_pages = s->pages - hole_pages;
}

static void find_runs(struct snapshot *s)
{
	for (size_t at = 0; at < s->pages;) {
		size_t start = at;

		while (at < s->pages && s->data[at] == s->data[start])
			at++;
		if (!s->data[start])
			continue;
		s->runs[s->run_count++] = (struct snapshot_run){
			.offset = start * page_size(),
			.length = (at - start) * page_size(),
		};
	}
}

static void write_run(int fd, const struct snapshot_run *run, uint8_t *buffer)
{
	for (uint64_t done = 0; done < run->length;) {
		uint64_t at = run->offset + done;
		size_t piece = run->length - done < MIB ? run->length - done : MIB;

		content_fill(buffer, piece, at / page_size());
		if (pwrite(fd, buffer, piece, (off_t)at) != (ssize_t)piece)
			fatal("writing the snapshot: %m");
		done += piece;
	}
}

static void write_file(const struct snapshot *s)
{
	uint8_t *buffer = map_anonymous(MIB);

	if (ftruncate(s->fd, (off_t)s->length) < 0)
		fatal("the snapshot: %m");
	for (size_t i = 0; i < s->run_count; i++)
		write_run(s->fd, &s->runs[i], buffer);
	/* Written back now and not in the middle of a measurement; only clean pages can be dropped. */
	if (fsync(s->fd) < 0)
		fatal("the snapshot: %m");
	unmap(buffer, MIB);
}

static void may_drop(struct snapshot *s, const struct options *o)
{
	if (geteuid() != 0)
		result_note(s->bench,
			    "not root: only the files' own pages are dropped from the page "
			    "cache, not what the file system knows of them");
	else if (o->quick)
		result_note(s->bench,
			    "--quick: only the files' own pages are dropped from the page "
			    "cache");
	else
		s->drop = true;
}

bool snapshot_make(struct snapshot *s, const char *bench, const struct options *o, uint64_t length,
		   bool holes)
{
	const char *directory = snapshot_directory(o);

	*s = (struct snapshot){
		.bench = bench,
		.fd = open_file(directory),
		.length = length,
		.pages = length / page_size(),
	};
	if (in_memory(s->fd)) {
		result_note(bench,
			    "nothing measured: %s is in memory; --dir must name a directory of "
			    "a disk",
			    directory);
		close(s->fd);
		return false;
	}
	s->direct = open_direct(s->fd);
	if (s->direct < 0)
		result_note(bench,
			    "%s: its file system has no O_DIRECT (%m): nothing that needs it is "
			    "measured",
			    directory);
	s->data = calloc(s->pages, sizeof(*s->data));
	s->runs = calloc(s->pages, sizeof(*s->runs));
	if (!s->data || !s->runs)
		fatal("out of memory");
	lay_out(s, holes);
	find_runs(s);
	write_file(s);
	may_drop(s, o);
	return true;
}

void snapshot_free(struct snapshot *s)
{
	close(s->fd);
	if (s->direct >= 0)
		close(s->direct);
	free(s->data);
	free(s->runs);
}

static void drop_file(int fd)
{
	int error = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);

	if (error)
		fatal("POSIX_FADV_DONTNEED: %s", strerror(error));
}

static bool drop_all(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, "1", 1) == 1;

	if (fd >= 0)
		close(fd);
	return done;
}

static size_t resident_pages(const struct snapshot *s)
{
	uint8_t *present = malloc(s->pages);
	void *at = mmap(NULL, s->length, PROT_READ, MAP_SHARED, s->fd, 0);
	size_t count = 0;

	if (!present || at == MAP_FAILED || mincore(at, s->length, present) < 0)
		fatal("what is in the page cache: %m");
	for (size_t i = 0; i < s->pages; i++)
		count += present[i] & 1;
	unmap(at, s->length);
	free(present);
	return count;
}

void snapshot_cold(const struct snapshot *s, int other)
{
	size_t resident;

	drop_file(s->fd);
	if (other >= 0)
		drop_file(other);
	if (s->drop && !drop_all())
		result_note(s->bench,
			    "drop_caches: %m: only the files' own pages are dropped from the "
			    "page cache");
	resident = resident_pages(s);
	if (resident > s->pages / 100)
		result_note(s->bench,
			    "the page cache keeps the file: %zu of %zu pages were in it "
			    "where none should be",
			    resident, s->pages);
}

void snapshot_warm(const struct snapshot *s)
{
	uint8_t *buffer = map_anonymous(MIB);

	for (size_t i = 0; i < s->run_count; i++) {
		const struct snapshot_run *run = &s->runs[i];

		for (uint64_t done = 0; done < run->length;) {
			ssize_t n = pread(s->fd, buffer, MIB, (off_t)(run->offset + done));

			if (n <= 0)
				fatal("reading the snapshot: %m");
			done += (uint64_t)n;
		}
	}
	unmap(buffer, MIB);
}

uint64_t snapshot_word(const struct snapshot *s, size_t page)
{
	return s->data[page] ? content_word(page) : 0;
}

void snapshot_fill(const struct snapshot *s, void *memory)
{
	for (size_t i = 0; i < s->run_count; i++) {
		const struct snapshot_run *run = &s->runs[i];

		content_fill((uint8_t *)memory + run->offset, run->length,
			     run->offset / page_size());
	}
}

static void verify_zeros(const char *who, const uint8_t *memory, size_t page)
{
	const uint64_t *words = (const uint64_t *)(memory + page * page_size());
	uint64_t wrong = 0;

	for (size_t i = 0; i < page_size() / sizeof(*words); i++)
		wrong |= words[i];
	if (wrong)
		fatal("%s: bytes that are not zero in page %zu, which is a hole", who, page);
}

void snapshot_verify(const struct snapshot *s, const char *who, const uint8_t *memory,
		     const uint32_t *order, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t page = order ? order[i] : i;

		if (s->data[page])
			content_verify(who, memory + page * page_size(), page_size(), page);
		else
			verify_zeros(who, memory, page);
	}
}
