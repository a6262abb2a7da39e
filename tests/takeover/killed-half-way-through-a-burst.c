/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A server is killed when it has noted some of the discards that it read at once, each number of
 * them, and when it has noted all and is about to forget them: the next one has every one of them.
 */
#include "server.h"

#include "memory/change.h"
#include "memory/statefile.h"

#define PAGES  64
#define BURSTS 6u

void __real_change_removed(struct uffd_ctx *ctx, uint64_t start, uint64_t end);
void __wrap_change_removed(struct uffd_ctx *ctx, uint64_t start, uint64_t end);
void __real_statefile_wipe_journal(struct statefile *file, unsigned int count);
void __wrap_statefile_wipe_journal(struct statefile *file, unsigned int count);

static struct vmm v;
static unsigned int left; /* discards that are noted before the end */
static bool armed, heard;

void __wrap_change_removed(struct uffd_ctx *ctx, uint64_t start, uint64_t end)
{
	heard = true;
	if (armed && left-- == 0)
		raise(SIGKILL);
	__real_change_removed(ctx, start, end);
}

void __wrap_statefile_wipe_journal(struct statefile *file, unsigned int count)
{
	/* Not when the loop is opened. */
	if (armed && heard)
		raise(SIGKILL);
	__real_statefile_wipe_journal(file, count);
}

static void dies(const struct vmm *vmm, int state)
{
	server_run(vmm, state, NULL);
}

/* Every second of the first pages. */
static bool is_gone(uint64_t page)
{
	return page < 2 * BURSTS && page % 2;
}

static void killed(unsigned int noted)
{
	int state = state_make();
	struct server s;
	pid_t pid;

	vmm_make(&v, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE, NULL);
	server_start(&s, &v, state);
	/* Half of them have their content. */
	ck_assert_int_eq(uffd_demand(s.region, 0, BURSTS * v.page, NULL), 0);
	server_release(&s, &v);
	for (unsigned int t = 0; t < BURSTS; t++)
		vmm_ask(&v, t, VMM_DISCARD, 2 * t + 1, 1, 0);
	for (unsigned int t = 0; t < BURSTS; t++)
		WAIT_UNTIL(vmm_is_asleep(&v, t));
	left = noted;
	heard = false;
	armed = true;
	pid = server_fork(&v, state, dies);
	server_died(pid);
	armed = false;
	for (unsigned int t = 0; t < BURSTS; t++)
		vmm_wait(&v, t);
	server_start(&s, &v, state);
	for (uint64_t p = 0; p < PAGES; p++)
		ck_assert_msg(vmm_reads(&v, p, 0) == (is_gone(p) ? SAW_ZEROS : SAW_CONTENT),
			      "%u noted, page %llu", noted, (unsigned long long)p);
	server_end(&s, &v);
	vmm_end(&v);
	close(state);
}

static void killed_half_way_through_a_burst(void)
{
	for (unsigned int noted = 0; noted <= BURSTS; noted++)
		killed(noted);
}

TEST_MAIN(killed_half_way_through_a_burst)
