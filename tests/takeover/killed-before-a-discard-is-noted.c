/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A server is killed when it has read that memory is thrown away, which lets the owner's madvise()
 * return, and before any page is marked: the next one has it from the file, and the pages are
 * zeros.
 */
#include "server.h"

#define PAGES 64

int64_t __real_uffd_raw_read(int fd, struct uffd_msg *messages, size_t count);
int64_t __wrap_uffd_raw_read(int fd, struct uffd_msg *messages, size_t count);

static struct vmm v;
static bool armed;

int64_t __wrap_uffd_raw_read(int fd, struct uffd_msg *messages, size_t count)
{
	int64_t n = __real_uffd_raw_read(fd, messages, count);

	for (int64_t i = 0; armed && i < n; i++)
		if (messages[i].event == UFFD_EVENT_REMOVE)
			raise(SIGKILL);
	return n;
}

static void dies(const struct vmm *vmm, int state)
{
	server_run(vmm, state, NULL);
}

/* All that is to be seen by the next one: pages 4-7 and 40-59 were thrown away. */
static void goes_on(int state)
{
	struct server s;

	server_make(&s, &v, state, NULL);
	for (uint64_t p = 0; p < PAGES; p++) {
		bool gone = (p >= 4 && p < 8) || (p >= 40 && p < 60);

		ck_assert_uint_eq(server_page(&s, &v, p) & LIBUFFD_PAGE_DISCARDED,
				  gone ? LIBUFFD_PAGE_DISCARDED : 0);
	}
	s.loop = serve_start(s.ctx, NULL);
	for (unsigned int t = 1; t <= 4; t++)
		vmm_wait(&v, t);
	for (uint64_t p = 0; p < PAGES; p++) {
		bool gone = (p >= 4 && p < 8) || (p >= 40 && p < 60);

		ck_assert_int_eq(vmm_reads(&v, p, 0), gone ? SAW_ZEROS : SAW_CONTENT);
	}
	server_end(&s, &v);
}

static void killed_before_a_discard_is_noted(void)
{
	int state = state_make();
	struct server s;
	pid_t pid;

	vmm_make(&v, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE, NULL);
	server_start(&s, &v, state);
	/* Window 0 and 1 are there; the rest never was. */
	ck_assert_int_eq(vmm_reads(&v, 0, 0), SAW_CONTENT);
	ck_assert_int_eq(vmm_reads(&v, 16, 0), SAW_CONTENT);
	server_release(&s, &v);

	vmm_ask(&v, 1, VMM_DISCARD, 4, 4, 0);
	vmm_ask(&v, 2, VMM_DISCARD, 40, 20, 0);
	vmm_ask(&v, 3, VMM_READ, 35, 1, 0);
	WAIT_UNTIL(vmm_is_asleep(&v, 1) && vmm_is_asleep(&v, 2) && vmm_is_asleep(&v, 3));
	armed = true;
	pid = server_fork(&v, state, dies);
	server_died(pid);
	armed = false;
	/* Both have been heard, by one who is dead. */
	vmm_wait(&v, 1);
	vmm_wait(&v, 2);
	WAIT_UNTIL(vmm_is_asleep(&v, 3));
	vmm_ask(&v, 4, VMM_READ, 41, 1, 0);
	goes_on(state);
	vmm_end(&v);
	close(state);
}

TEST_MAIN(killed_before_a_discard_is_noted)
