/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: paging by hand without userfaultfd: memory without access rights, and a SIGSEGV handler
 * that grants them page by page. The thread that faults does all the work, so there is nobody to
 * wake; no second thread may look at the memory meanwhile, which is what userfaultfd is for.
 * Must never: call the library.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pager.h"
#include "util.h"

/* A signal handler has no argument of its own; one pager runs at a time. */
static struct pager *serving;

static void serve(int number, siginfo_t *info, void *context)
{
	struct pager *p = serving;
	uint64_t offset = (uintptr_t)info->si_addr - (uintptr_t)p->memory;
	int saved = errno;
	const void *from;
	uint8_t *page;

	(void)context;
	if (offset >= p->length) {
		signal(number, SIG_DFL);
		return;
	}
	offset &= -page_size();
	page = p->memory + offset;
	if (mprotect(page, page_size(), PROT_READ | PROT_WRITE) < 0)
		fatal("mprotect: %m");
	/* A file is read right into the page. */
	from = content_at(p->content, offset, page_size(), page);
	if (from != page)
		memcpy(page, from, page_size());
	errno = saved;
}

/* Pages in any order tear the mapping into about half as many as there are pages. */
static bool enough_mappings(size_t pages)
{
	FILE *f = fopen("/proc/sys/vm/max_map_count", "re");
	unsigned long most = 65530;

	if (f) {
		if (fscanf(f, "%lu", &most) != 1)
			most = 65530;
		fclose(f);
	}
	return pages / 2 + pages / 16 + 256 < most;
}

static int start(struct pager *p)
{
	struct sigaction action = {.sa_sigaction = serve, .sa_flags = SA_SIGINFO}, *old;

	if (!enough_mappings(p->length / page_size()))
		return -E2BIG;
	old = p->state = malloc(sizeof(*old));
	if (!old)
		fatal("out of memory");
	p->memory = mmap(NULL, p->length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->memory == MAP_FAILED)
		fatal("mapping %zu bytes: %m", p->length);
	serving = p;
	if (sigaction(SIGSEGV, &action, old) < 0)
		fatal("sigaction: %m");
	return 0;
}

static void stop(struct pager *p)
{
	sigaction(SIGSEGV, p->state, NULL);
	unmap(p->memory, p->length);
	free(p->state);
}

const struct pager_kind pager_sigsegv = {"sigsegv-mprotect", start, stop, NULL};
