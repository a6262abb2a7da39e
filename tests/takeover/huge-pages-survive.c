/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Private memory of huge pages: a server is killed when it has copied one and published nothing,
 * and with another claimed; what the owner wrote is kept, what it threw away is zeros, the rest
 * comes.
 */
#include "server.h"

#define PAGES 5

int64_t __real_uffd_raw_copy(int fd, uint64_t dst, const void *src, uint64_t length, uint64_t mode);
int64_t __wrap_uffd_raw_copy(int fd, uint64_t dst, const void *src, uint64_t length, uint64_t mode);

static struct vmm v;
static bool armed;

int64_t __wrap_uffd_raw_copy(int fd, uint64_t dst, const void *src, uint64_t length, uint64_t mode)
{
	int64_t done = __real_uffd_raw_copy(fd, dst, src, length, mode);

	if (armed && done > 0)
		raise(SIGKILL);
	return done;
}

static void dies(const struct vmm *vmm, int state)
{
	server_run(vmm, state, NULL);
}

static void huge_pages_survive(void)
{
	int state = state_make();
	struct server s;
	pid_t pid;

	vmm_make(&v, LIBUFFD_BACKING_HUGETLB_PRIVATE, PAGES,
		 UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_MISSING_HUGETLBFS, NULL);
	vmm_ask(&v, 1, VMM_READ, 1, 1, 0);
	vmm_ask(&v, 2, VMM_READ, 3, 1, 0);
	WAIT_UNTIL(vmm_is_asleep(&v, 1) && vmm_is_asleep(&v, 2));
	armed = true;
	pid = server_fork(&v, state, dies);
	server_died(pid);
	armed = false;
	/* One of them was served, whichever was read first. */
	WAIT_UNTIL(vmm_is_done(&v, 1) || vmm_is_done(&v, 2));
	server_start(&s, &v, state);
	ck_assert_int_eq(vmm_wait(&v, 1), SAW_CONTENT);
	ck_assert_int_eq(vmm_wait(&v, 2), SAW_CONTENT);
	vmm_writes(&v, 1, 1, 0x42);
	vmm_discards(&v, 2, 2);
	server_release(&s, &v);

	server_start(&s, &v, state);
	ck_assert_int_eq(uffd_demand(s.region, 0, PAGES * v.page, NULL), 0);
	ck_assert_int_eq(vmm_reads(&v, 0, 0x42), SAW_CONTENT);
	ck_assert_int_eq(vmm_reads(&v, 1, 0x42), SAW_WRITTEN);
	ck_assert_int_eq(vmm_reads(&v, 2, 0x42), SAW_ZEROS);
	ck_assert_int_eq(vmm_reads(&v, 3, 0x42), SAW_ZEROS);
	ck_assert_int_eq(vmm_reads(&v, 4, 0x42), SAW_CONTENT);
	server_end(&s, &v);
	vmm_end(&v);
	close(state);
}

TEST_MAIN(huge_pages_survive)
