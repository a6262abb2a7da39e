/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What a dead server had read and not applied is applied once, by the one that goes on: a region
 * that is made later at the same addresses, and taken over in its turn, has its own content.
 */
#include "server.h"

#define PAGES 16

int64_t __real_uffd_raw_read(int fd, struct uffd_msg *messages, size_t count);
int64_t __wrap_uffd_raw_read(int fd, struct uffd_msg *messages, size_t count);

static struct vmm v;
static bool armed;

int64_t __wrap_uffd_raw_read(int fd, struct uffd_msg *messages, size_t count)
{
	int64_t n = __real_uffd_raw_read(fd, messages, count);

	if (armed && n == 3)
		raise(SIGKILL);
	return n;
}

static void dies(const struct vmm *vmm, int state)
{
	server_run(vmm, state, NULL);
}

static void journal_of_the_dead(void)
{
	struct uffd_region_opts opts;
	int state = state_make();
	struct server s;
	pid_t pid;

	vmm_make(&v, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE, NULL);
	for (unsigned int t = 0; t < 3; t++)
		vmm_ask(&v, t, VMM_DISCARD, 4 * t, 2, 0);
	for (unsigned int t = 0; t < 3; t++)
		WAIT_UNTIL(vmm_is_asleep(&v, t));
	armed = true;
	pid = server_fork(&v, state, dies);
	server_died(pid);
	armed = false;
	for (unsigned int t = 0; t < 3; t++)
		vmm_wait(&v, t);

	/* The next one goes on, and hears of one thing. */
	server_start(&s, &v, state);
	ck_assert_int_eq(vmm_reads(&v, 8, 0), SAW_ZEROS);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
	/* The same addresses, for something new: nobody has thrown any of it away. */
	opts = server_opts(&v, server_fault, s.content);
	opts.flags &= ~LIBUFFD_REGION_REGISTERED;
	ck_assert_int_eq(
		uffd_region_add(&s.region, s.ctx, v.at, PAGES * v.page, LIBUFFD_MISSING, &opts), 0);
	server_release(&s, &v);

	server_start(&s, &v, state);
	for (uint64_t p = 0; p < PAGES; p++)
		ck_assert_uint_eq(server_page(&s, &v, p), LIBUFFD_PAGE_EMPTY);
	ck_assert_int_eq(vmm_reads(&v, 4, 0), SAW_CONTENT);
	ck_assert_int_eq(vmm_reads(&v, 12, 0), SAW_CONTENT);
	server_end(&s, &v);
	vmm_end(&v);
	close(state);
}

TEST_MAIN(journal_of_the_dead)
