/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: tracking writes without userfaultfd: memory that may not be written, and a SIGSEGV handler
 * that allows it page by page; or the kernel's soft-dirty bits, which are for the whole process.
 * Must never: call the library.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dirty.h"
#include "util.h"

static int nothing_to_open(struct dirty_tracking *t)
{
	(void)t;
	return 0;
}

static void nothing(struct dirty_tracking *t)
{
	(void)t;
}

const struct dirty_kind dirty_none = {"none", nothing_to_open, nothing_to_open, nothing, nothing};

struct sigsegv {
	struct sigaction old;
	size_t words;
	uint64_t dirty[];
};

/* A signal handler has no argument of its own; one tracking runs at a time. */
static struct dirty_tracking *serving;

static void serve(int number, siginfo_t *info, void *context)
{
	struct dirty_tracking *t = serving;
	uint64_t offset = (uintptr_t)info->si_addr - (uintptr_t)t->memory, page;
	struct sigsegv *s = t->state;
	int saved = errno;

	(void)context;
	if (offset >= t->length) {
		signal(number, SIG_DFL);
		return;
	}
	page = offset / page_size();
	__atomic_fetch_or(&s->dirty[page / 64], UINT64_C(1) << page % 64, __ATOMIC_RELAXED);
	if (mprotect(t->memory + page * page_size(), page_size(), PROT_READ | PROT_WRITE) < 0)
		fatal("mprotect: %m");
	errno = saved;
}

/* Each page that was written is a mapping of its own, and so is what lies before it. */
static bool enough_mappings(size_t pages)
{
	FILE *f = fopen("/proc/sys/vm/max_map_count", "re");
	unsigned long most = 65530;

	if (f) {
		if (fscanf(f, "%lu", &most) != 1)
			most = 65530;
		fclose(f);
	}
	return 2 * pages + 256 < most;
}

static int open_sigsegv(struct dirty_tracking *t)
{
	struct sigaction action = {.sa_sigaction = serve, .sa_flags = SA_SIGINFO};
	size_t words = (t->length / page_size() + 63) / 64;
	struct sigsegv *s;

	if (!enough_mappings(t->room))
		return -E2BIG;
	s = t->state = calloc(1, sizeof(*s) + words * sizeof(s->dirty[0]));
	if (!s)
		fatal("out of memory");
	s->words = words;
	serving = t;
	if (sigaction(SIGSEGV, &action, &s->old) < 0)
		fatal("sigaction: %m");
	return 0;
}

static int start_sigsegv(struct dirty_tracking *t)
{
	if (mprotect(t->memory, t->length, PROT_READ) < 0)
		fatal("mprotect: %m");
	return 0;
}

/* All of it by one call, which is less than a call for each page that was written. */
static void collect_sigsegv(struct dirty_tracking *t)
{
	struct sigsegv *s = t->state;

	for (size_t i = 0; i < s->words; i++) {
		uint64_t word = s->dirty[i];

		s->dirty[i] = 0;
		for (; word; word &= word - 1)
			dirty_found(t, (i * 64 + (unsigned int)__builtin_ctzll(word)) * page_size(),
				    page_size());
	}
	if (mprotect(t->memory, t->length, PROT_READ) < 0)
		fatal("mprotect: %m");
}

static void stop_sigsegv(struct dirty_tracking *t)
{
	struct sigsegv *s = t->state;

	sigaction(SIGSEGV, &s->old, NULL);
	free(s);
}

const struct dirty_kind dirty_sigsegv = {"sigsegv", open_sigsegv, start_sigsegv, collect_sigsegv,
					 stop_sigsegv};

#define SOFT_DIRTY  (UINT64_C(1) << 55)
#define SOFT_BUFFER 65536 /* entries, of a page each */

struct soft {
	int clear_refs;
	int pagemap;
	uint64_t *entries;
};

static void clear(const struct soft *s)
{
	if (pwrite(s->clear_refs, "4", 1, 0) != 1)
		fatal("/proc/self/clear_refs: %m");
}

static void read_entries(const struct soft *s, const uint8_t *at, size_t count)
{
	size_t bytes = count * sizeof(*s->entries);
	off_t offset = (off_t)((uintptr_t)at / page_size() * sizeof(*s->entries));

	if (pread(s->pagemap, s->entries, bytes, offset) != (ssize_t)bytes)
		fatal("/proc/self/pagemap: %m");
}

/* A kernel without the bits takes the "4" and shows nothing. */
static bool shows_writes(const struct soft *s)
{
	volatile uint8_t *page = map_anonymous(page_size());
	bool clean, dirty;

	*page = 1;
	clear(s);
	read_entries(s, (const uint8_t *)page, 1);
	clean = !(s->entries[0] & SOFT_DIRTY);
	*page = 2;
	read_entries(s, (const uint8_t *)page, 1);
	dirty = s->entries[0] & SOFT_DIRTY;
	unmap((void *)page, page_size());
	return clean && dirty;
}

static void stop_soft(struct dirty_tracking *t)
{
	struct soft *s = t->state;

	close(s->clear_refs);
	close(s->pagemap);
	free(s->entries);
	free(s);
}

static int open_soft(struct dirty_tracking *t)
{
	struct soft *s = t->state = malloc(sizeof(*s));

	if (s)
		s->entries = calloc(SOFT_BUFFER, sizeof(*s->entries));
	if (!s || !s->entries)
		fatal("out of memory");
	s->clear_refs = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	s->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (s->clear_refs >= 0 && s->pagemap >= 0 && shows_writes(s))
		return 0;
	stop_soft(t);
	return -EOPNOTSUPP;
}

static int start_soft(struct dirty_tracking *t)
{
	clear(t->state);
	return 0;
}

static void collect_soft(struct dirty_tracking *t)
{
	const struct soft *s = t->state;
	size_t pages = t->length / page_size();

	for (size_t first = 0; first < pages; first += SOFT_BUFFER) {
		size_t count = pages - first < SOFT_BUFFER ? pages - first : SOFT_BUFFER;

		read_entries(s, t->memory + first * page_size(), count);
		for (size_t i = 0; i < count; i++) {
			if (s->entries[i] & SOFT_DIRTY)
				dirty_found(t, (first + i) * page_size(), page_size());
		}
	}
	clear(s);
}

const struct dirty_kind dirty_soft = {"soft-dirty", open_soft, start_soft, collect_soft, stop_soft};
