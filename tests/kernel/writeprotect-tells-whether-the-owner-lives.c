/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Lifting protection (WRITEPROTECT, mode 0) from memory of another process that is not registered
 * WP is ENOENT while its owner lives and ESRCH when that has ended. It has no effect: an absent
 * page stays so, a present one keeps its content, and who waits for a page sleeps on.
 */
#include "call.h"
#include "expect.h"
#include "process.h"

#include <sys/uio.h>

#define PRESENT 0
#define ABSENT  1
#define WAITED  2
#define PAGES   3

static uint64_t entry_there(const struct owner *o, size_t page)
{
	uint64_t entry = 0;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)o->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
		pread(fd, &entry, sizeof(entry),
		      (off_t)(address(page_at(&o->memory, page)) / o->memory.page * sizeof(entry))),
		sizeof(entry));
	close(fd);
	return entry;
}

/* A thread that reads a byte of the owner's memory, which is a fault there that waits. */
static long read_there(struct call *c)
{
	uint8_t byte = 0;
	struct iovec local = {&byte, 1}, remote = {c->at, 1};

	return process_vm_readv(c->number, &local, 1, &remote, 1, 0) == 1 ? byte : -1;
}

/* How often the thread has gone to sleep: once more if it was woken in between. */
static unsigned long sleeps_of(const struct call *c)
{
	unsigned long count = 0;
	char path[64], line[128];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%u/status", atomic_load(&c->tid));
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "voluntary_ctxt_switches: %lu", &count) == 1;
	fclose(f);
	ck_assert(found);
	return count;
}

static void expect_lift(const struct owner *o, int error)
{
	const size_t page = o->memory.page;

	for (size_t k = 0; k < PAGES; k++)
		ck_assert_int_eq(
			uffd_raw_writeprotect(o->fd, address(page_at(&o->memory, k)), page, 0),
			error);
	ck_assert_int_eq(uffd_raw_writeprotect(o->fd, address(o->memory.at), o->memory.length, 0),
			 error);
}

static void owner_lives_or_not(void)
{
	struct call waiter = {.fn = read_there};
	unsigned long sleeps;
	struct owner o;
	uint8_t *from;
	uint64_t before;

	owner_start(&o, UFFD_FEATURE_PAGEFAULT_FLAG_WP, UFFDIO_REGISTER_MODE_MISSING, PAGES);
	from = pattern_make(&o.memory, 5);
	EXPECT_ANSWER(ask_copy(o.fd, page_at(&o.memory, PRESENT), from, o.memory.page, 0), 0,
		      o.memory.page);
	before = entry_there(&o, PRESENT);
	ck_assert(before & PAGE_ENTRY_PRESENT);
	waiter.at = page_at(&o.memory, WAITED);
	waiter.number = o.pid;
	call_start(&waiter);
	expect_fault(o.fd, waiter.at, 0);
	ck_assert(call_asleep(&waiter));
	sleeps = sleeps_of(&waiter);

	for (int i = 0; i < 100; i++)
		expect_lift(&o, -ENOENT);
	ck_assert_uint_eq(entry_there(&o, PRESENT), before);
	ck_assert_uint_eq(entry_there(&o, ABSENT), 0);
	ck_assert(call_asleep(&waiter));
	ck_assert_uint_eq(sleeps_of(&waiter), sleeps);
	EXPECT_ANSWER(ask_copy(o.fd, waiter.at, from, o.memory.page, 0), 0, o.memory.page);
	ck_assert_int_eq(call_join(&waiter), 5);

	owner_end(&o);
	expect_lift(&o, -ESRCH);
	expect_silence(o.fd);
	pattern_free(&o.memory, from);
	close(o.fd);
}
TEST_MAIN(owner_lives_or_not)
