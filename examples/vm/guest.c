/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the guest's thread, and what its ports mean.
 * Must never: touch the guest's memory.
 */
#include "guest.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "layout.h"
#include "util.h"

#define STOP_PATIENCE_NS 1000000000

uint64_t guest_pages(const struct guest *guest)
{
	return (guest->size >> PATTERN_PAGE_SHIFT) - LAYOUT_FIRST_PAGE;
}

int guest_open(struct guest *guest, const struct guest_ops *ops, void *memory, uint64_t size,
	       const struct pattern *pattern)
{
	memset(guest, 0, sizeof(*guest));
	guest->ops = ops;
	guest->memory = memory;
	guest->size = size;
	guest->pattern = *pattern;
	guest->ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (guest->ended_fd < 0)
		return complain_error("eventfd", errno);
	if (ops->open(guest) < 0) {
		close(guest->ended_fd);
		return -1;
	}
	return 0;
}

/* One that does not pause says nothing when it goes on. */
static void it_speaks(struct guest *guest)
{
	if (!guest->resumed_ns)
		guest->resumed_ns = now_ns();
}

bool guest_out(struct guest *guest, unsigned int port, uint32_t value)
{
	switch (port) {
	case PORT_PROGRESS:
		it_speaks(guest);
		guest->pages_done = value;
		guest->counted = guest->rounds * guest_pages(guest) + value;
		return true;
	case PORT_ROUND:
		guest->rounds = value;
		return true;
	case PORT_RESUMED:
		guest->resumed_ns = now_ns();
		return true;
	case PORT_BAD_PAGE:
		guest->bad.page = value;
		return true;
	case PORT_BAD_WORD:
		guest->bad.word = value;
		guest->state = GUEST_BAD_PAGE;
		return true;
	case PORT_VERIFIED:
		/* A guest that looked at too few pages has verified nothing. */
		guest->pages_done = value;
		guest->state = GUEST_VERIFIED;
		if (value != guest_pages(guest)) {
			complain_format("the guest", "verified %u pages of %" PRIu64, value,
					guest_pages(guest));
			guest->state = GUEST_FAILED;
		}
		return true;
	}
	return false;
}

static void *thread_main(void *arg)
{
	struct guest *guest = arg;
	uint64_t one = 1;

	guest->ops->run(guest);
	guest->ended_ns = now_ns();
	/* Cannot fail: the counter is 0. */
	if (write(guest->ended_fd, &one, sizeof(one)) < 0)
		complain_error("eventfd", errno);
	return NULL;
}

static void interrupt_system_call(int signal)
{
	(void)signal;
}

int guest_start(struct guest *guest)
{
	struct sigaction sa = {.sa_handler = interrupt_system_call};
	sigset_t all, old;
	int error;

	/* SIGUSR1 is the kick. All other signals are for the program's main thread. */
	sigaction(SIGUSR1, &sa, NULL);
	sigfillset(&all);
	sigdelset(&all, SIGUSR1);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGSEGV);
	guest->state = GUEST_RUNNING;
	guest->stop = false;
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&guest->thread, NULL, thread_main, guest);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error)
		return complain_error("pthread_create", error);
	guest->started = true;
	return 0;
}

enum guest_state guest_wait(struct guest *guest, int timeout_ms)
{
	struct pollfd ended = {.fd = guest->ended_fd, .events = POLLIN};
	uint64_t count;

	if (poll(&ended, 1, timeout_ms) <= 0)
		return GUEST_RUNNING;
	if (read(guest->ended_fd, &count, sizeof(count)) < 0)
		return GUEST_RUNNING;
	pthread_join(guest->thread, NULL);
	guest->started = false;
	return guest->state;
}

bool guest_stop(struct guest *guest)
{
	uint64_t until = now_ns() + STOP_PATIENCE_NS;

	guest->stop = true;
	/* Again and again: a kick that comes just before the guest goes to sleep is lost. */
	while (guest->started && now_ns() < until) {
		guest->ops->kick(guest);
		guest_wait(guest, 10);
	}
	return !guest->started;
}

bool guest_close(struct guest *guest)
{
	if (!guest_stop(guest)) {
		complain("the guest", "cannot be stopped");
		return false;
	}
	guest->ops->close(guest);
	close(guest->ended_fd);
	return true;
}
