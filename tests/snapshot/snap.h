/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the tests of snapshots share: memory of every kind that writes can be heard of, an output
 * that the test holds as long as it likes, and a look at what came out.
 */
#ifndef SNAP_H
#define SNAP_H

#include "../support/call.h"
#include "serve.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define SNAP_WP                                                                                    \
	(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_UNPOPULATED |                            \
	 UFFD_FEATURE_WP_HUGETLBFS_SHMEM)
#define SNAP_LEAST  (UINT64_C(1) << 20) /* the smallest buffer_bytes */
#define SNAP_WINDOW 16u                 /* pages of 4 KiB that are copied at once */

/* Memory that a snapshot can be taken of. */
struct kind {
	const char *name;
	uint32_t backing;
	bool fd;      /* the region knows its file */
	bool no_file; /* ... there is none: hugetlb */
};

static const struct kind kinds[] = {
	{"anonymous", LIBUFFD_BACKING_ANON, false, true},
	{"shmem", LIBUFFD_BACKING_SHMEM, true, false},
	{"shmem, its file unknown", LIBUFFD_BACKING_SHMEM, false, false},
	{"private shmem", LIBUFFD_BACKING_SHMEM_PRIVATE, false, false},
	{"hugetlb", LIBUFFD_BACKING_HUGETLB, true, false},
	{"hugetlb, its file unknown", LIBUFFD_BACKING_HUGETLB, false, false},
	{"private hugetlb", LIBUFFD_BACKING_HUGETLB_PRIVATE, false, false},
	{"anonymous hugetlb", LIBUFFD_BACKING_HUGETLB_PRIVATE, false, true},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static inline bool kind_is_huge(const struct kind *k)
{
	return k->backing == LIBUFFD_BACKING_HUGETLB ||
	       k->backing == LIBUFFD_BACKING_HUGETLB_PRIVATE;
}

/* Skips what this machine has no huge pages for, but not the test. */
static inline bool kind_has_memory(const struct kind *k, size_t pages)
{
	void *at;

	if (!kind_is_huge(k))
		return true;
	at = mmap(NULL, pages << 21, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (21 << MAP_HUGE_SHIFT), -1, 0);
	if (at == MAP_FAILED)
		return false;
	munmap(at, pages << 21);
	return true;
}

static inline void kind_make(struct test_memory *m, const struct kind *k, size_t pages)
{
	test_memory_make(m, k->backing, pages);
	if (m->fd < 0 || !k->no_file)
		return;
	munmap(m->at, m->length);
	close(m->fd);
	m->fd = -1;
	m->at = mmap(NULL, m->length, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (21 << MAP_HUGE_SHIFT), -1, 0);
	ck_assert_ptr_ne(m->at, MAP_FAILED);
}

/* A region over all of m with modes and WP. */
static inline struct uffd_region *snap_region(struct uffd_ctx *ctx, const struct test_memory *m,
					      bool fd, uint32_t modes, struct uffd_region_opts opts)
{
	struct uffd_region *region = NULL;

	opts.size = sizeof(opts);
	if (fd) {
		opts.flags |= LIBUFFD_REGION_FD;
		opts.fd = m->fd;
	}
	ck_assert_int_eq(uffd_region_add(&region, ctx, m->at, m->length, modes | LIBUFFD_WP, &opts),
			 0);
	return region;
}

/*
 * Memory of a kind in a region for WP alone, served by a loop. s->content is zeros, for the test to
 * keep there what the memory ought to be.
 */
static inline void snap_serve(struct served *s, const struct kind *k, size_t pages,
			      uint64_t features, uint32_t ctx_flags)
{
	memset(s, 0, sizeof(*s));
	kind_make(&s->m, k, pages);
	s->content = mmap(NULL, s->m.length, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(s->content, MAP_FAILED);
	s->ctx = serve_ctx_flags(features | SNAP_WP, ctx_flags);
	s->region = snap_region(s->ctx, &s->m, k->fd, 0, (struct uffd_region_opts){0});
	s->loop = serve_start(s->ctx, NULL);
}

/* The same of anonymous memory. */
static inline void snap_serve_anon(struct served *s, size_t pages)
{
	snap_serve(s, &kinds[0], pages, 0, 0);
}

/*
 * Memory that is filled lazily from source, which becomes the region's, and its content in
 * s->content, where the caller has put it. modes: MISSING and MINOR.
 */
static inline void snap_serve_lazily(struct served *s, uint32_t backing, size_t pages,
				     uint64_t features, uint32_t ctx_flags, uint32_t modes,
				     struct uffd_region_opts opts)
{
	memset(s, 0, sizeof(*s));
	test_memory_make(&s->m, backing, pages);
	s->content = content_make(s->m.length);
	s->ctx = serve_ctx_flags(features | SNAP_WP, ctx_flags);
	s->region = serve_region(s, &s->m, modes | LIBUFFD_WP, opts);
	s->loop = serve_start(s->ctx, NULL);
}

/* A page full of value, in memory and in what it ought to be. */
static inline void snap_fill(struct served *s, size_t page, uint8_t value)
{
	memset(served_page(s, page), value, s->m.page);
	memset(s->content + page * s->m.page, value, s->m.page);
}

/* Seconds that a test of racing threads goes on for. */
static inline uint64_t snap_seconds(void)
{
	const char *slow = getenv("UFFD_TEST_SLOW");
	unsigned long n = slow ? strtoul(slow, NULL, 10) : 0;

	return n ? n : 2;
}

static inline struct timespec snap_soon(unsigned int seconds)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += (time_t)seconds;
	return ts;
}

/* An output file of no name. */
static inline int snap_file(void)
{
	int fd = memfd_create("output", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static inline struct uffd_snapshot *snap_start_parts(const struct uffd_snapshot_part *parts,
						     uint32_t count, int fd,
						     struct uffd_snapshot_opts opts)
{
	struct uffd_snapshot *snapshot = NULL;
	int ret;

	opts.size = sizeof(opts);
	ret = uffd_snapshot_start(&snapshot, parts, count, fd, &opts);
	ck_assert_msg(ret == 0, "uffd_snapshot_start: %d (%s)", ret, strerror(-ret));
	return snapshot;
}

static inline struct uffd_snapshot *snap_start(struct uffd_region *region, int fd,
					       struct uffd_snapshot_opts opts)
{
	const struct uffd_snapshot_part part = {.region = region};

	return snap_start_parts(&part, 1, fd, opts);
}

static inline struct uffd_snapshot *snap_begin(struct uffd_region *region, int fd,
					       struct uffd_snapshot_opts opts)
{
	struct uffd_snapshot *snapshot = snap_start(region, fd, opts);

	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	return snapshot;
}

/* What wait says, which must be soon. */
static inline int snap_wait(struct uffd_snapshot *snapshot)
{
	struct timespec deadline = snap_soon(20);

	return uffd_snapshot_wait(snapshot, &deadline);
}

/* Waits, closes, and returns what wait said. */
static inline int snap_end(struct uffd_snapshot *snapshot)
{
	int ret = snap_wait(snapshot);

	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	return ret;
}

/* A whole one. */
static inline void snap_take(struct uffd_region *region, int fd, uint32_t flags)
{
	ck_assert_int_eq(
		snap_end(snap_begin(region, fd, (struct uffd_snapshot_opts){.flags = flags})), 0);
}

static inline struct uffd_snapshot_progress snap_progress(const struct uffd_snapshot *snapshot)
{
	struct uffd_snapshot_progress p = {.size = sizeof(p)};

	ck_assert_int_eq(uffd_snapshot_progress(snapshot, &p), 0);
	return p;
}

/*
 * The first page of the file, from offset on, that is not as expected; the number of them if none
 * is. Not by a mapping: of a file in memory that fills the holes.
 */
static inline size_t snap_differs(int fd, uint64_t offset, const uint8_t *expected, size_t length,
				  size_t page)
{
	uint8_t *got = malloc(page);
	size_t k = 0;

	ck_assert_ptr_nonnull(got);
	while (k * page < length &&
	       pread(fd, got, page, (off_t)(offset + k * page)) == (ssize_t)page &&
	       memcmp(got, expected + k * page, page) == 0)
		k++;
	free(got);
	return k;
}

/* The file, or the part of it from offset on, is what the memory ought to be. */
static inline void snap_file_is(const struct served *s, int fd, uint64_t offset, const char *what)
{
	size_t k = snap_differs(fd, offset, s->content, s->m.length, s->m.page);

	ck_assert_msg(k * s->m.page == s->m.length, "%s: page %zu is wrong", what, k);
}

/* Whether the file has data for a page at offset. */
static inline bool snap_has_data(int fd, uint64_t offset, size_t length)
{
	off_t at = lseek(fd, (off_t)offset, SEEK_DATA);

	ck_assert(at >= 0 || errno == ENXIO);
	return at >= 0 && (uint64_t)at < offset + length;
}

/* Threads of this process that are not io_uring's. */
static inline unsigned int snap_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *e;
	unsigned int n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir))) {
		char path[64], name[32] = "";
		FILE *f;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%.20s/comm", e->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (!fgets(name, sizeof(name), f))
			name[0] = '\0';
		fclose(f);
		n += name[0] && strncmp(name, "iou-", 4) != 0;
	}
	closedir(dir);
	return n;
}

/* Whether every other thread of this process sleeps. */
static inline bool snap_all_asleep(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *e;
	bool asleep = true;

	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir))) {
		unsigned long tid = strtoul(e->d_name, NULL, 10);
		char letter;

		if (!tid || tid == (unsigned long)syscall(SYS_gettid))
			continue;
		letter = thread_letter((uint32_t)tid);
		asleep = asleep && (letter == 'S' || letter == 'D' || letter == '?');
	}
	closedir(dir);
	return asleep;
}

/*
 * Returns when nothing happens any more: whoever is woken runs at once, as far as /proc says, so
 * when all sleep, in several looks, they wait for the test.
 */
static inline void snap_idle(void)
{
	for (int looks = 0; looks < 4; looks++) {
		if (!snap_all_asleep())
			looks = -1;
		sched_yield();
	}
}

/* Whether the thread still waits when all that could be done for it has been. */
static inline bool touch_waits(struct toucher *t)
{
	if (!touch_asleep(t))
		return false;
	snap_idle();
	return atomic_load(&t->state) == TOUCH_RUNNING;
}

#endif
