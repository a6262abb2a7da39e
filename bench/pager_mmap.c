/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: no paging at all: the file mapped, and the kernel left alone. Not a rival (nobody can bring
 * bytes of their own this way) but the floor.
 * Must never: call the library.
 */
#include <errno.h>
#include <sys/mman.h>

#include "pager.h"
#include "util.h"

static int start(struct pager *p)
{
	if (p->content->fd < 0)
		return -EINVAL;
	p->memory = mmap(NULL, p->length, PROT_READ | PROT_WRITE, MAP_PRIVATE, p->content->fd, 0);
	if (p->memory == MAP_FAILED)
		fatal("mapping the file: %m");
	return 0;
}

static void stop(struct pager *p)
{
	unmap(p->memory, p->length);
}

const struct pager_kind pager_mmap = {"mmap-private", start, stop, NULL};
