/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what each type of memory is: one row per type.
 * Must never: hold state.
 */
#ifndef MEMORY_BACKING_H
#define MEMORY_BACKING_H

#include <stdbool.h>
#include <stdint.h>

#include <uffd/types.h>

struct backing {
	uint32_t modes;     /* LIBUFFD_* that libuffd serves on it, where the kernel does */
	bool shared;        /* content lives in a page cache that others may fill too */
	bool zeropage;      /* has UFFDIO_ZEROPAGE; hugetlb copies zeros instead */
	bool movable;       /* UFFDIO_MOVE works (its advertisement on shared memory is a lie) */
	bool writable_file; /* pwrite() to its file works; hugetlbfs and guest_memfd refuse it */
	bool huge;
	uint64_t missing_feature; /* UFFD_FEATURE_* behind each mode, 0: none needed */
	uint64_t minor_feature;
	uint64_t wp_feature;
};

/* NULL for a number that is no type. */
const struct backing *backing_row(uint32_t type);

/* The file behind a mapping. */
struct mapped_file {
	uint64_t inode;  /* 0: none */
	uint64_t dev;    /* as st_dev */
	uint64_t offset; /* of the address asked for */
	bool hidden;     /* the kernel's own, of anonymous huge pages: nobody else has it */
};

/*
 * Finds the type and page size of [start, start + length) of this process. *type: what the caller
 * takes it for, or DETECT; fd: the file that it takes to be mapped, or -1. Both are believed only
 * where the kernel's names cannot tell (a tmpfs that is mounted nowhere). 0; -ENXIO: nothing or
 * more than one type or file is mapped there; -EOPNOTSUPP: memory that no userfaultfd serves.
 */
int backing_detect(uint64_t start, uint64_t length, int fd, uint32_t *type, uint64_t *page_size,
		   struct mapped_file *file);

/*
 * The end of the mapping of this process that contains all of [start, end); end where none does.
 */
uint64_t backing_mapping_end(uint64_t start, uint64_t end);

#endif
