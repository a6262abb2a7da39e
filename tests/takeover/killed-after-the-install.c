/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A server is killed when its COPY has been made, of all that it claimed or of the first page, and
 * nothing is published: the next one does not write over what the owner has written there since,
 * and what was thrown away since is zeros.
 */
#include "server.h"

#define PAGES  32
#define AROUND 16 /* pages in a window */

int64_t __real_uffd_raw_copy(int fd, uint64_t dst, const void *src, uint64_t length, uint64_t mode);
int64_t __wrap_uffd_raw_copy(int fd, uint64_t dst, const void *src, uint64_t length, uint64_t mode);

static struct vmm v;
static uint64_t most; /* bytes of the last COPY; 0: nobody is killed */

int64_t __wrap_uffd_raw_copy(int fd, uint64_t dst, const void *src, uint64_t length, uint64_t mode)
{
	int64_t done =
		__real_uffd_raw_copy(fd, dst, src, most && length > most ? most : length, mode);

	if (most)
		raise(SIGKILL);
	return done;
}

static void dies(const struct vmm *vmm, int state)
{
	server_run(vmm, state, NULL);
}

static void killed(uint64_t pages)
{
	int state = state_make();
	struct server s;
	pid_t pid;

	vmm_make(&v, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE, NULL);
	vmm_ask(&v, 1, VMM_READ, 0, 1, 0);
	vmm_ask(&v, 2, VMM_READ, AROUND - 1, 1, 0);
	WAIT_UNTIL(vmm_is_asleep(&v, 1) && vmm_is_asleep(&v, 2));
	most = pages * v.page;
	pid = server_fork(&v, state, dies);
	server_died(pid);
	most = 0;
	/* It has its page, so it is served by nobody. */
	ck_assert_int_eq(vmm_wait(&v, 1), SAW_CONTENT);
	vmm_writes(&v, 0, 1, 0x42);
	ck_assert_int_eq(vmm_reads(&v, 0, 0x42), SAW_WRITTEN);
	/* Waits until somebody hears of it. */
	if (pages > 1)
		vmm_ask(&v, 3, VMM_DISCARD, 5, 2, 0);

	server_make(&s, &v, state, NULL);
	for (uint64_t p = 0; p < PAGES; p++)
		ck_assert_uint_eq(server_page(&s, &v, p), LIBUFFD_PAGE_EMPTY);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(vmm_wait(&v, 2), SAW_CONTENT);
	vmm_wait(&v, 3);
	/* All of it claimed and copied once more. */
	ck_assert_int_eq(uffd_demand(s.region, 0, PAGES * v.page, NULL), 0);
	ck_assert_int_eq(vmm_reads(&v, 0, 0x42), SAW_WRITTEN);
	for (uint64_t p = 1; p < PAGES; p++)
		ck_assert_int_eq(vmm_reads(&v, p, 0x42),
				 pages > 1 && (p == 5 || p == 6) ? SAW_ZEROS : SAW_CONTENT);
	server_end(&s, &v);
	vmm_end(&v);
	close(state);
}

static void killed_after_the_install(void)
{
	killed(AROUND);
	killed(1);
}

TEST_MAIN(killed_after_the_install)
