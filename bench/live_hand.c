/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a snapshot by hand: one thread polls for write-protect faults, saves the page and lifts its
 * protection; another does the same to all pages in order.
 * Must never: call the library.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bare.h"
#include "live.h"
#include "util.h"

struct hand {
	int fd;
	int end; /* an eventfd */
	pthread_t server;
	pthread_t walker;
	bool walking;
	uint64_t done;
	pthread_mutex_t lock; /* saved; held while a page is copied */
	uint64_t saved[];     /* a bit a page */
};

static void protect(const struct hand *h, const uint8_t *at, size_t length, uint64_t mode)
{
	struct uffdio_writeprotect wp = {
		.range = {.start = (uintptr_t)at, .len = length},
		.mode = mode,
	};

	while (ioctl(h->fd, UFFDIO_WRITEPROTECT, &wp) < 0) {
		if (errno != EAGAIN)
			fatal("UFFDIO_WRITEPROTECT: %m");
	}
}

/* False: somebody has done so. */
static bool save_page(const struct live *l, size_t page)
{
	struct hand *h = l->state;
	uint64_t bit = UINT64_C(1) << page % 64;
	size_t offset = page * page_size();
	bool first;

	pthread_mutex_lock(&h->lock);
	first = !(h->saved[page / 64] & bit);
	if (first) {
		memcpy(l->output + offset, l->memory + offset, page_size());
		h->saved[page / 64] |= bit;
	}
	pthread_mutex_unlock(&h->lock);
	return first;
}

static void serve_messages(const struct live *l)
{
	const struct hand *h = l->state;
	struct uffd_msg messages[16];
	ssize_t n = read(h->fd, messages, sizeof(messages));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0)
		fatal("reading the userfaultfd: %m");
	for (size_t i = 0; i < (size_t)n / sizeof(messages[0]); i++) {
		uint64_t offset = messages[i].arg.pagefault.address - (uintptr_t)l->memory;

		if (messages[i].event != UFFD_EVENT_PAGEFAULT ||
		    !(messages[i].arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP))
			fatal("an event that nobody asked for");
		offset &= -page_size();
		save_page(l, offset / page_size());
		protect(h, l->memory + offset, page_size(), 0);
	}
}

static void *serve(void *arg)
{
	const struct live *l = arg;
	const struct hand *h = l->state;

	for (;;) {
		struct pollfd fds[2] = {{.fd = h->fd, .events = POLLIN},
					{.fd = h->end, .events = POLLIN}};

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			fatal("poll: %m");
		if (fds[0].revents & POLLIN)
			serve_messages(l);
		else if (fds[0].revents)
			fatal("poll of the userfaultfd: %#x", (unsigned int)fds[0].revents);
		if (fds[1].revents)
			return NULL;
	}
}

static void *walk(void *arg)
{
	const struct live *l = arg;
	struct hand *h = l->state;

	for (size_t page = 0; page < l->length / page_size(); page++) {
		if (save_page(l, page))
			protect(h, l->memory + page * page_size(), page_size(), 0);
	}
	h->done = now_ns();
	return NULL;
}

static int start(struct live *l)
{
	size_t words = (l->length / page_size() + 63) / 64;
	int fd = bare_open(O_NONBLOCK), error;
	struct hand *h;

	if (fd < 0)
		return fd;
	error = bare_register(fd, l->memory, l->length, UFFDIO_REGISTER_MODE_WP);
	if (error) {
		close(fd);
		return error;
	}
	h = l->state = calloc(1, sizeof(*h) + words * sizeof(h->saved[0]));
	if (!h)
		fatal("out of memory");
	h->fd = fd;
	h->end = eventfd(0, EFD_CLOEXEC);
	if (h->end < 0)
		fatal("eventfd: %m");
	pthread_mutex_init(&h->lock, NULL);
	h->server = start_thread(-1, serve, l);
	return 0;
}

static void arm(struct live *l)
{
	struct hand *h = l->state;

	protect(h, l->memory, l->length, UFFDIO_WRITEPROTECT_MODE_WP);
	if (!l->save)
		return;
	h->walker = start_thread(-1, walk, l);
	h->walking = true;
}

static uint64_t wait_done(struct live *l)
{
	struct hand *h = l->state;

	join_thread(h->walker);
	h->walking = false;
	return h->done;
}

static void stop(struct live *l)
{
	struct hand *h = l->state;

	if (h->walking)
		wait_done(l);
	if (eventfd_write(h->end, 1) < 0)
		fatal("eventfd: %m");
	join_thread(h->server);
	close(h->end);
	close(h->fd);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

const struct live_kind live_hand = {"by-hand", start, arm, NULL, wait_done, stop};
