/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The ways to install, each on the memory that it is for, and what each counts. */
#ifndef WAYS_H
#define WAYS_H

#include "serve.h"

#define WAYS_HUGE ((size_t)2 << 20)

struct way {
	const char *name;
	uint32_t install;
	uint32_t backing;
	uint32_t modes;
	uint32_t flags; /* of the region */
};

#define WAY_BOTH (LIBUFFD_MISSING | LIBUFFD_MINOR)

static const struct way ways[] = {
	{"COPY to anonymous memory", LIBUFFD_INSTALL_COPY, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING,
	 0},
	{"COPY to shared memory", LIBUFFD_INSTALL_COPY, LIBUFFD_BACKING_SHMEM, WAY_BOTH, 0},
	{"COPY to shared memory without MINOR", LIBUFFD_INSTALL_COPY, LIBUFFD_BACKING_SHMEM,
	 LIBUFFD_MISSING, 0},
	{"COPY to a private file mapping", LIBUFFD_INSTALL_COPY, LIBUFFD_BACKING_SHMEM_PRIVATE,
	 LIBUFFD_MISSING, 0},
	{"COPY to hugetlb", LIBUFFD_INSTALL_COPY, LIBUFFD_BACKING_HUGETLB, WAY_BOTH, 0},
	{"COPY to private hugetlb", LIBUFFD_INSTALL_COPY, LIBUFFD_BACKING_HUGETLB_PRIVATE,
	 LIBUFFD_MISSING, 0},
	{"MOVE to anonymous memory", LIBUFFD_INSTALL_MOVE, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING,
	 0},
	{"ALIAS of shared memory", LIBUFFD_INSTALL_ALIAS, LIBUFFD_BACKING_SHMEM, WAY_BOTH,
	 LIBUFFD_REGION_ALIAS},
	{"ALIAS of hugetlb", LIBUFFD_INSTALL_ALIAS, LIBUFFD_BACKING_HUGETLB, WAY_BOTH,
	 LIBUFFD_REGION_ALIAS},
	{"POPULATE of shared memory", LIBUFFD_INSTALL_POPULATE, LIBUFFD_BACKING_SHMEM, WAY_BOTH, 0},
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static inline bool way_is_huge(const struct way *w)
{
	return w->backing == LIBUFFD_BACKING_HUGETLB ||
	       w->backing == LIBUFFD_BACKING_HUGETLB_PRIVATE;
}

/* Skips what this machine has no huge pages for, but not the test. */
static inline bool way_has_memory(const struct way *w, size_t pages)
{
	void *at;

	if (!way_is_huge(w))
		return true;
	at = mmap(NULL, pages * WAYS_HUGE, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (21 << MAP_HUGE_SHIFT), -1, 0);
	if (at == MAP_FAILED)
		return false;
	munmap(at, pages * WAYS_HUGE);
	return true;
}

/* opts with what the way wants. */
static inline struct uffd_region_opts way_opts(const struct way *w, struct uffd_region_opts opts)
{
	opts.install = w->install;
	opts.flags |= w->flags;
	return opts;
}

/* serve() in this way. */
static inline void way_serve(struct served *s, const struct way *w, size_t pages, uint64_t features,
			     struct uffd_region_opts opts)
{
	serve(s, w->backing, pages, features, w->modes, way_opts(w, opts));
}

/* The same with a context that is told of discards. */
static inline void way_serve_discards(struct served *s, const struct way *w, size_t pages,
				      uint64_t features, struct uffd_region_opts opts)
{
	memset(s, 0, sizeof(*s));
	test_memory_make(&s->m, w->backing, pages);
	s->content = content_make(s->m.length);
	s->ctx = serve_ctx_flags(features, LIBUFFD_CTX_DISCARDS);
	s->region = serve_region(s, &s->m, w->modes, way_opts(w, opts));
}

/* A source from a file with the content of [0, length). */
static inline struct uffd_source *file_source(const uint8_t *content, size_t length)
{
	int fd = memfd_create("content", MFD_CLOEXEC);
	struct uffd_source *source;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, content, length, 0), (ssize_t)length);
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, NULL), 0);
	close(fd);
	return source;
}

/* One that reads at once, of content_byte(). */
static inline int64_t plain_read(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	content_write(buffer, offset, (size_t)length);
	return (int64_t)length;
}

static inline struct uffd_source *plain_source(uint64_t length)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = plain_read};
	struct uffd_source *source;

	ck_assert_int_eq(uffd_source_open(&source, length, &ops, NULL), 0);
	return source;
}

/*
 * Memory of small pages, so far behind an edge of 2 MiB. fd -1: private and anonymous; otherwise
 * that file from fd_offset on, shared, and the memory's from now on.
 */
static inline void way_aligned(struct test_memory *m, size_t length, size_t behind, int fd,
			       uint64_t fd_offset)
{
	uint8_t *at =
		mmap(NULL, length + 2 * WAYS_HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t skip = (WAYS_HUGE - (uintptr_t)at % WAYS_HUGE) % WAYS_HUGE + behind;

	ck_assert_ptr_ne(at, MAP_FAILED);
	*m = (struct test_memory){.length = length, .page = 4096, .fd = fd};
	m->at = mmap(at + skip, length, PROT_READ | PROT_WRITE,
		     MAP_FIXED | (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED), fd,
		     (off_t)fd_offset);
	ck_assert_ptr_eq(m->at, at + skip);
	if (skip)
		munmap(at, skip);
	munmap(at + skip + length, 2 * WAYS_HUGE - skip);
}

/* A field of /proc/self/smaps, in bytes, of the mappings within [at, at + length). */
static inline uint64_t smaps_bytes(const void *at, size_t length, const char *field)
{
	uint64_t low = (uint64_t)(uintptr_t)at, high = low + length, sum = 0;
	FILE *f = fopen("/proc/self/smaps", "re");
	bool within = false;
	char line[512];

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned long start, end, kb;

		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			within = start >= low && end <= high;
		else if (within && !strncmp(line, field, strlen(field)) &&
			 sscanf(line + strlen(field), ": %lu kB", &kb) == 1)
			sum += kb * 1024;
	}
	fclose(f);
	return sum;
}

/* Whether this machine gives anonymous huge pages to who asks for them. */
static inline bool huge_pages_on_advice(void)
{
	char line[128] = "";
	FILE *f = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");

	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	return strstr(line, "[madvise]") || strstr(line, "[always]");
}

/* Whether the whole region has this content; tells the first page that has not. */
static inline void way_right(const struct served *s, const uint8_t *expected, const char *what)
{
	for (size_t k = 0; k * s->m.page < s->m.length; k++)
		if (memcmp(served_page(s, k), expected + k * s->m.page, s->m.page) != 0)
			ck_abort_msg("%s: page %zu is wrong", what, k);
}

/* Prefetches the whole region, by the loop. */
static inline int way_prefetch(struct served *s)
{
	struct uffd_prefetch *f;
	int ret;

	ck_assert_int_eq(uffd_prefetch_start(&f, s->region, NULL), 0);
	ret = uffd_prefetch_wait(f, NULL);
	uffd_prefetch_close(f);
	return ret;
}

#endif
