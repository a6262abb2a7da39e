/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Shared memory that the kernel can back with transparent huge pages. */
#ifndef HUGEPAGE_H
#define HUGEPAGE_H

#include "test.h"

#define HUGE_SIZE ((size_t)2 << 20)

/*
 * khugepaged takes the page table of such a mapping away when it likes, registered or not: pages
 * that were CONTINUEd raise MINOR again. A mapping with MADV_NOHUGEPAGE it leaves alone.
 */
void keep_khugepaged_off(const struct test_memory *m);

/*
 * One huge page of a file on a tmpfs mounted huge=always, mapped shared and aligned to it, and kept
 * from khugepaged.
 */
void tmpfs_huge_make(struct test_memory *m);
/* The same of an ordinary memfd, not kept from khugepaged. */
void memfd_aligned_make(struct test_memory *m);
/* A second mapping of the same file, aligned too. */
void *aligned_alias(const struct test_memory *m);

/* madvise(MADV_COLLAPSE); skips the test where the machine has no huge page to give. */
void collapse(void *at);

#endif
