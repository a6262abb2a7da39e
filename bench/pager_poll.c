/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: paging by hand with poll(2) and a read(2) that does not block, as a program does it that
 * waits for other descriptors too.
 * Must never: call the library.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bare.h"
#include "pager.h"
#include "util.h"

struct polling {
	int fd;
	int end; /* an eventfd */
	pthread_t thread;
	void *buffer;
};

static void serve_messages(struct pager *p)
{
	struct polling *s = p->state;
	struct uffd_msg messages[16];
	ssize_t n = read(s->fd, messages, sizeof(messages));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0)
		fatal("reading the userfaultfd: %m");
	for (size_t i = 0; i < (size_t)n / sizeof(messages[0]); i++) {
		uint64_t address = messages[i].arg.pagefault.address & -page_size();

		if (messages[i].event != UFFD_EVENT_PAGEFAULT)
			fatal("an event that nobody asked for");
		bare_install(s->fd, address,
			     content_at(p->content, address - (uintptr_t)p->memory, page_size(),
					s->buffer),
			     page_size());
	}
}

static void *serve(void *arg)
{
	struct pager *p = arg;
	struct polling *s = p->state;

	for (;;) {
		struct pollfd fds[2] = {{.fd = s->fd, .events = POLLIN},
					{.fd = s->end, .events = POLLIN}};

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			fatal("poll: %m");
		if (fds[0].revents & POLLIN)
			serve_messages(p);
		else if (fds[0].revents)
			fatal("poll of the userfaultfd: %#x", (unsigned int)fds[0].revents);
		if (fds[1].revents)
			return NULL;
	}
}

static int start(struct pager *p)
{
	struct polling *s;
	int fd = bare_open(O_NONBLOCK), error;

	if (fd < 0)
		return fd;
	p->memory = map_anonymous(p->length);
	error = bare_register(fd, p->memory, p->length, UFFDIO_REGISTER_MODE_MISSING);
	if (error)
		fatal("UFFDIO_REGISTER: error %d", error);
	s = p->state = malloc(sizeof(*s));
	if (!s)
		fatal("out of memory");
	s->fd = fd;
	s->end = eventfd(0, EFD_CLOEXEC);
	s->buffer = aligned_alloc(page_size(), page_size());
	if (s->end < 0 || !s->buffer)
		fatal("out of memory or descriptors");
	*(volatile uint8_t *)s->buffer = 0;
	s->thread = start_thread(p->cpu, serve, p);
	return 0;
}

static void stop(struct pager *p)
{
	struct polling *s = p->state;

	if (eventfd_write(s->end, 1) < 0)
		fatal("eventfd: %m");
	join_thread(s->thread);
	close(s->end);
	close(s->fd);
	unmap(p->memory, p->length);
	free(s->buffer);
	free(s);
}

const struct pager_kind pager_poll = {"poll-read", start, stop, NULL};
