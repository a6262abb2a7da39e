/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What this kernel, this process and a type of memory can do, found by trying it on a page of
 * memory of its own, never by the kernel's version. Usable alone.
 */
#ifndef UFFD_PROBE_H
#define UFFD_PROBE_H

#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One answer each: 1 it works; 0 the kernel took the call and it does not work (it lies, or maps
 * something else); a negative errno: the kernel's refusal.
 */
struct uffd_memory_abilities {
	uint64_t size;	     /* sizeof(struct uffd_memory_abilities) */
	uint64_t page_size;  /* bytes: the unit of registration and of every resolver */
	int32_t available;   /* the memory itself could be made; otherwise all others repeat this */
	int32_t missing;     /* registers for MISSING */
	int32_t minor;	     /* registers for MINOR */
	int32_t wp;	     /* registers for write-protection */
	int32_t wp_async;    /* registers for write-protection with UFFD_FEATURE_WP_ASYNC */
	int32_t copy;	     /* UFFDIO_COPY brought the bytes */
	int32_t zeropage;    /* UFFDIO_ZEROPAGE brought zeros */
	int32_t continue_;   /* UFFDIO_CONTINUE mapped a page from the cache */
	int32_t poison;	     /* UFFDIO_POISON */
	int32_t move;	     /* UFFDIO_MOVE moved a page here */
	int32_t writeprotect; /* UFFDIO_WRITEPROTECT on a present page */
};

/* "anon", "shmem", "shmem-private", "hugetlb", "hugetlb-private", "guest_memfd"; or NULL. */
LIBUFFD_API const char *uffd_backing_name(uint32_t backing);

/*
 * Fills *abilities for memory of type backing (LIBUFFD_BACKING_*, not DETECT) with pages of
 * page_size bytes; 0 takes the usual one (the base page; the default huge page size for hugetlb).
 * Needs one free page of that type; takes and frees a few descriptors. guest_memfd needs /dev/kvm.
 * With a free page of 1 GiB it takes about a second.
 * Returns 0 whatever the answers are. -EINVAL: the type or page size is none; -E2BIG, -EINVAL: the
 * struct's size; -EPERM, -EACCES, -ENOSYS: no userfaultfd can be opened; -EMFILE, -ENFILE, -ENOMEM:
 * the questions could not be asked. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_probe_memory(uint32_t backing, uint64_t page_size,
				  struct uffd_memory_abilities *abilities);

#ifdef __cplusplus
}
#endif
#endif
