/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: memory of every type, and a userfaultfd to serve it, or the reason why there is none. */
#include "test.h"

#include <uffd/raw.h>

#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB (21u << 26)
#endif
#define HUGE_PAGE (2u << 20)

void test_memory_make(struct test_memory *m, uint32_t backing, size_t pages)
{
	bool huge =
		backing == LIBUFFD_BACKING_HUGETLB || backing == LIBUFFD_BACKING_HUGETLB_PRIVATE;
	bool shared = backing == LIBUFFD_BACKING_SHMEM || backing == LIBUFFD_BACKING_HUGETLB;

	m->page = huge ? HUGE_PAGE : (size_t)sysconf(_SC_PAGESIZE);
	m->length = pages * m->page;
	m->fd = -1;
	if (backing != LIBUFFD_BACKING_ANON) {
		m->fd = memfd_create("uffd-test",
				     MFD_CLOEXEC | (huge ? MFD_HUGETLB | MFD_HUGE_2MB : 0u));
		ck_assert_msg(m->fd >= 0, "memfd_create: %s", strerror(errno));
		ck_assert_int_eq(ftruncate(m->fd, (off_t)m->length), 0);
	}
	m->at = mmap(NULL, m->length, PROT_READ | PROT_WRITE,
		     (m->fd < 0 ? MAP_ANONYMOUS : 0) | (shared ? MAP_SHARED : MAP_PRIVATE), m->fd,
		     0);
	if (m->at == MAP_FAILED && huge)
		test_skip("no %zu free huge pages of 2 MiB (vm.nr_hugepages)", pages);
	ck_assert_msg(m->at != MAP_FAILED, "mmap: %s", strerror(errno));
}

void *test_memory_alias(const struct test_memory *m)
{
	void *alias =
		mmap(NULL, m->length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, m->fd, 0);

	ck_assert_msg(alias != MAP_FAILED, "mmap of the alias: %s", strerror(errno));
	return alias;
}

void test_memory_free(struct test_memory *m)
{
	munmap(m->at, m->length);
	if (m->fd >= 0)
		close(m->fd);
}

int test_uffd(uint64_t features)
{
	struct uffd_open_report report;
	char advice[1024];
	uint64_t has = 0;
	int fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, &report);

	if (fd < 0) {
		uffd_raw_open_advice(&report, advice, sizeof(advice));
		test_skip("no userfaultfd: %s", advice);
	}
	ck_assert_int_eq(uffd_raw_features(&has), 0);
	if ((has & features) != features) {
		close(fd);
		test_skip("the kernel lacks userfaultfd features 0x%llx",
			  (unsigned long long)(features & ~has));
	}
	ck_assert_int_eq(uffd_raw_api(fd, features, NULL, NULL), 0);
	return fd;
}
