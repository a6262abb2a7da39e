/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Memory made in every way, and what the library takes it for. */
#ifndef DETECT_H
#define DETECT_H

#include <sys/ipc.h>
#include <sys/shm.h>

#include "claims.h"

/* A region is made without a word about its memory, and filled. Huge memory may be missing. */
static inline void detect_map(int flags, int fd, size_t page, uint32_t wanted)
{
	struct uffd_region_opts opts = {.size = sizeof(opts), .fault = served_fault};
	struct served s = {.m = {.length = 4 * page, .page = page, .fd = fd}};

	s.m.at = mmap(NULL, s.m.length, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (s.m.at == MAP_FAILED && page > 65536) {
		if (fd >= 0)
			close(fd);
		return;
	}
	ck_assert_ptr_ne(s.m.at, MAP_FAILED);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx(0);
	opts.user = &s;
	ck_assert_int_eq(
		uffd_region_add(&s.region, s.ctx, s.m.at, s.m.length, LIBUFFD_MISSING, &opts), 0);
	ck_assert_uint_eq(uffd_region_backing(s.region), wanted);
	ck_assert_uint_eq(uffd_region_page_size(s.region), page);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_FINISH), 0);
	ck_assert_mem_eq(s.m.at, s.content, s.m.length);
	serve_end(&s);
}

static inline int detect_file(unsigned int flags, size_t length)
{
	int fd = memfd_create("uffd test [guest_memfd] (deleted)", MFD_CLOEXEC | flags);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)length), 0);
	return fd;
}

static inline void detect_every_memory(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), huge = HUGE_PAGE_SIZE;
	const int anon = MAP_ANONYMOUS, tlb = MAP_HUGETLB | HUGE_PAGE_FLAG;
	const unsigned int huge_file = MFD_HUGETLB | HUGE_PAGE_FLAG;

	detect_map(MAP_PRIVATE | anon, -1, page, LIBUFFD_BACKING_ANON);
	detect_map(MAP_SHARED | anon, -1, page, LIBUFFD_BACKING_SHMEM);
	detect_map(MAP_SHARED, detect_file(0, 4 * page), page, LIBUFFD_BACKING_SHMEM);
	detect_map(MAP_PRIVATE, detect_file(0, 4 * page), page, LIBUFFD_BACKING_SHMEM_PRIVATE);
	detect_map(MAP_SHARED | anon | tlb, -1, huge, LIBUFFD_BACKING_HUGETLB);
	detect_map(MAP_PRIVATE | anon | tlb, -1, huge, LIBUFFD_BACKING_HUGETLB_PRIVATE);
	detect_map(MAP_SHARED, detect_file(huge_file, 4 * huge), huge, LIBUFFD_BACKING_HUGETLB);
	detect_map(MAP_PRIVATE, detect_file(huge_file, 4 * huge), huge,
		   LIBUFFD_BACKING_HUGETLB_PRIVATE);
}

/* System V shared memory has operations of its own, which userfaultfd refuses (seen on 6.18). */
static inline void detect_sysv(void)
{
	struct uffd_region_opts opts = {.size = sizeof(opts), .fault = served_fault};
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct uffd_ctx *ctx = serve_ctx(0);
	struct uffd_region *r;
	int id = shmget(IPC_PRIVATE, 4 * page, IPC_CREAT | 0600), ret;
	void *at;

	if (id >= 0) {
		at = shmat(id, NULL, 0);
		shmctl(id, IPC_RMID, NULL);
		ck_assert_ptr_ne(at, (void *)-1);
		ret = uffd_region_add(&r, ctx, at, 4 * page, LIBUFFD_MISSING, &opts);
		ck_assert(ret == -EOPNOTSUPP || ret == 0);
		ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
		shmdt(at);
		return;
	}
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
}

#endif
