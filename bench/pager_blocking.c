/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: paging by hand with a read(2) that blocks: the shortest loop there is, and so the one to
 * compare with.
 * Must never: call the library.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bare.h"
#include "pager.h"
#include "util.h"

struct blocking {
	int fd;
	pthread_t thread;
	/* The page behind the memory. A read that blocks can only be ended by a fault: this one. */
	volatile uint8_t *last;
	uint64_t window; /* bytes that a fault brings, aligned; one page, or more where asked for */
	void *buffer;
};

/*
 * One page is what the baseline brings. The window is that of the library's default, so that what
 * the library adds to the technique can be told from what the technique saves.
 */
static uint64_t window_of(const struct pager *p)
{
	return p->kind == &pager_blocking_around ? 64 * KIB : page_size();
}

/* Nobody else fills pages and each window comes once, so no record of them is needed. */
static void bring(const struct pager *p, uint64_t offset)
{
	const struct blocking *b = p->state;
	uint64_t start = offset & -b->window;
	size_t length = p->length - start < b->window ? p->length - start : b->window;

	bare_install(b->fd, (uintptr_t)p->memory + start,
		     content_at(p->content, start, length, b->buffer), length);
}

static void *serve(void *arg)
{
	struct pager *p = arg;
	struct blocking *b = p->state;

	for (;;) {
		struct uffd_msg messages[16];
		ssize_t n = read(b->fd, messages, sizeof(messages));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			fatal("reading the userfaultfd: %m");
		for (size_t i = 0; i < (size_t)n / sizeof(messages[0]); i++) {
			uint64_t address = messages[i].arg.pagefault.address & -page_size();
			uint64_t offset = address - (uintptr_t)p->memory;

			if (messages[i].event != UFFD_EVENT_PAGEFAULT)
				fatal("an event that nobody asked for");
			if (offset == p->length) {
				bare_install(b->fd, address, b->buffer, page_size());
				return NULL;
			}
			bring(p, offset);
		}
	}
}

static int start(struct pager *p)
{
	size_t length = p->length + page_size();
	struct blocking *b;
	int fd = bare_open(0), error;

	if (fd < 0)
		return fd;
	p->memory = map_fresh(length, p->memfd);
	error = bare_register(fd, p->memory, length, UFFDIO_REGISTER_MODE_MISSING);
	if (error)
		fatal("UFFDIO_REGISTER: error %d", error);
	b = p->state = malloc(sizeof(*b));
	if (!b)
		fatal("out of memory");
	b->fd = fd;
	b->last = p->memory + p->length;
	b->window = window_of(p);
	b->buffer = aligned_alloc(page_size(), b->window);
	if (!b->buffer)
		fatal("out of memory");
	memset(b->buffer, 0, b->window);
	b->thread = start_thread(p->cpu, serve, p);
	return 0;
}

static void stop(struct pager *p)
{
	struct blocking *b = p->state;

	(void)*b->last;
	join_thread(b->thread);
	close(b->fd);
	unmap(p->memory, p->length + page_size());
	free(b->buffer);
	free(b);
}

const struct pager_kind pager_blocking = {"blocking-read", start, stop, NULL};
const struct pager_kind pager_blocking_around = {"blocking-read-64k", start, stop, NULL};
