/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Asks PAGEMAP_SCAN which pages were written; of memory registered for WP with WP_ASYNC. */
#ifndef SCAN_H
#define SCAN_H

#include "expect.h"

#define SCAN_FEATURES                                                                              \
	(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM | UFFD_FEATURE_WP_ASYNC)
#define SCAN_PROTECT (PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC) /* ... and protects those */

/* "0-3 7", page numbers; "" where none was written, or the error's number. */
static inline const char *scan_text(const struct test_memory *m, uint64_t flags)
{
	static char text[512];
	struct page_region found[32];
	struct pm_scan_arg arg = {.vec = address(found),
				  .vec_len = 32,
				  .flags = flags,
				  .start = address(m->at),
				  .end = address(m->at) + m->length,
				  .category_mask = PAGE_IS_WRITTEN,
				  .return_mask = PAGE_IS_WRITTEN};
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	int64_t n = uffd_raw_pagemap_scan(pagemap, &arg);
	size_t used = 0;

	close(pagemap);
	text[0] = '\0';
	if (n < 0)
		snprintf(text, sizeof(text), "%d", (int)n);
	for (int64_t i = 0; i < n; i++) {
		size_t first = (found[i].start - arg.start) / m->page;
		size_t last = (found[i].end - arg.start) / m->page - 1;

		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 last > first ? "%s%zu-%zu" : "%s%zu", i ? " " : "", first,
					 last);
	}
	return text;
}

#define EXPECT_WRITTEN(m, flags, wanted)                                                           \
	do {                                                                                       \
		const char *text_ = scan_text(m, flags);                                           \
		ck_assert_msg(strcmp(text_, wanted) == 0, "written: \"%s\", expected \"%s\"",      \
			      text_, wanted);                                                      \
	} while (0)

static inline int scan_uffd(const struct test_memory *m)
{
	int fd = test_uffd(SCAN_FEATURES);

	expect_register(fd, m, UFFDIO_REGISTER_MODE_WP);
	return fd;
}

static inline void protect_all(int fd, const struct test_memory *m)
{
	ck_assert_int_eq(
		uffd_raw_writeprotect(fd, address(m->at), m->length, UFFDIO_WRITEPROTECT_MODE_WP),
		0);
}

static inline void write_page(const struct test_memory *m, size_t page)
{
	++*(volatile uint8_t *)page_at(m, page);
}

static inline uint8_t read_page(const struct test_memory *m, size_t page)
{
	return *(volatile uint8_t *)page_at(m, page);
}

#endif
