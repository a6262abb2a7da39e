/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What the tests of working sets share: a source that counts its reads, sets recorded and replayed. */
#ifndef WSETS_H
#define WSETS_H

#include "serve.h"
#include "place.h"

#define COUNTED_PAGES 16384u

/* A source that reads at once and counts what it is asked for, by units of 4 KiB. */
struct counted {
	const uint8_t *content; /* NULL: content_byte() */
	_Atomic uint32_t reads[COUNTED_PAGES];
	_Atomic uint64_t calls;
	_Atomic bool broken; /* every read fails */
	_Atomic int freed;
};

static inline int64_t counted_read(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	struct counted *c = user;

	atomic_fetch_add(&c->calls, 1);
	if (atomic_load(&c->broken))
		return -EIO;
	for (uint64_t k = offset / 4096; k < (offset + length + 4095) / 4096; k++)
		atomic_fetch_add(&c->reads[k], 1);
	if (c->content)
		memcpy(buffer, c->content + offset, (size_t)length);
	else
		content_write(buffer, offset, (size_t)length);
	return (int64_t)length;
}

static inline void counted_free(void *user)
{
	struct counted *c = user;

	atomic_fetch_add(&c->freed, 1);
}

static inline struct uffd_source *counted_open(struct counted *c, uint64_t length)
{
	const struct uffd_source_ops ops = {
		.size = sizeof(ops), .read = counted_read, .free = counted_free};
	struct uffd_source *source;

	ck_assert_uint_le(length, COUNTED_PAGES * UINT64_C(4096));
	ck_assert_int_eq(uffd_source_open(&source, length, &ops, c), 0);
	return source;
}

static inline uint64_t counted_sum(struct counted *c)
{
	uint64_t sum = 0;

	for (unsigned int k = 0; k < COUNTED_PAGES; k++)
		sum += atomic_load(&c->reads[k]);
	return sum;
}

/* serve() with this source, which is given up, and a loop. */
static inline void serve_from(struct served *s, struct uffd_source *source, uint32_t backing,
			      size_t pages, uint64_t features, uint32_t modes)
{
	serve(s, backing, pages, features, modes, (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s->loop = serve_start(s->ctx, NULL);
}

static inline struct uffd_workingset *record(struct served *s, uint32_t flags)
{
	const struct uffd_workingset_opts opts = {.size = sizeof(opts), .flags = flags};
	struct uffd_workingset *set = NULL;

	ck_assert_int_eq(uffd_workingset_record(&set, s->region, &opts), 0);
	ck_assert_ptr_nonnull(set);
	return set;
}

static inline struct uffd_workingset_info info_of(const struct uffd_workingset *set)
{
	struct uffd_workingset_info info = {.size = sizeof(info)};

	ck_assert_int_eq(uffd_workingset_info(set, &info), 0);
	return info;
}

static inline struct uffd_workingset_entry entry_of(const struct uffd_workingset *set, uint64_t i)
{
	struct uffd_workingset_entry e;

	memset(&e, 0xee, sizeof(e));
	ck_assert_int_eq(uffd_workingset_entries(set, i, &e, 1), 1);
	return e;
}

/*
 * Until all that was asked for is noted as there: a thread that was woken runs on before. Then its
 * pages are published too.
 */
static inline void recorded(const struct uffd_workingset *set, uint64_t entries)
{
	ck_assert_uint_eq(info_of(set).entries, entries);
	for (uint64_t i = 0; i < entries; i++)
		WAIT_UNTIL(entry_of(set, i).latency_ns != 0);
}

/* Touches pages in this order and returns a set, stopped, of just these. */
static inline struct uffd_workingset *record_touches(struct served *s, const size_t *pages,
						     size_t count)
{
	struct uffd_workingset *set = record(s, 0);

	for (size_t i = 0; i < count; i++)
		ck_assert_msg(served_right(s, pages[i]), "page %zu", pages[i]);
	recorded(set, count);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	return set;
}

static inline struct uffd_workingset *load(const char *path, struct uffd_region *region)
{
	struct uffd_workingset *set = NULL;

	ck_assert_int_eq(uffd_workingset_load(&set, path, region), 0);
	return set;
}

/* Loading says expected, and leaves *set alone. */
static inline void load_refused(const char *path, struct uffd_region *region, int expected,
				const char *what)
{
	struct uffd_workingset *none = (void *)&load_refused, *set = none;
	int ret = uffd_workingset_load(&set, path, region);

	ck_assert_msg(ret == expected, "%s: %d (%s), expected %d (%s)", what, ret, strerror(-ret),
		      expected, strerror(-expected));
	ck_assert_ptr_eq(set, none);
}

static inline struct uffd_prefetch *replay_start(struct uffd_region *region,
						 struct uffd_workingset *set)
{
	const struct uffd_prefetch_opts opts = {.size = sizeof(opts), .workingset = set};
	struct uffd_prefetch *f = NULL;

	ck_assert_int_eq(uffd_prefetch_start(&f, region, &opts), 0);
	return f;
}

static inline int prefetch_result(struct uffd_prefetch *f)
{
	struct timespec deadline;
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += 10;
	ret = uffd_prefetch_wait(f, &deadline);
	ck_assert_msg(ret != -ETIMEDOUT, "a prefetch never ended");
	return ret;
}

/* Replays a set to its end. */
static inline int replay(struct uffd_region *region, struct uffd_workingset *set)
{
	struct uffd_prefetch *f = replay_start(region, set);
	int ret = prefetch_result(f);

	uffd_prefetch_close(f);
	return ret;
}

static inline bool page_is(const struct served *s, size_t page, unsigned int state)
{
	return LIBUFFD_PAGE_STATE(page_state(s, page)) == state;
}

/* All bytes of a file, malloc'ed. */
static inline uint8_t *file_bytes(const char *path, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *bytes;

	ck_assert_msg(fd >= 0, "open: %s", strerror(errno));
	ck_assert_int_eq(fstat(fd, &st), 0);
	*length = (size_t)st.st_size;
	bytes = malloc(*length + 1);
	ck_assert_ptr_nonnull(bytes);
	ck_assert_int_eq(pread(fd, bytes, *length, 0), (ssize_t)*length);
	close(fd);
	return bytes;
}

static inline void file_write(const char *path, const uint8_t *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_msg(fd >= 0, "open: %s", strerror(errno));
	ck_assert_int_eq(pwrite(fd, bytes, length, 0), (ssize_t)length);
	close(fd);
}

#endif
