/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A signal whose handler asks for no restart ends neither a receive, nor a send, nor a wait for room. */
#include "call.h"
#include "peer.h"

#define LENGTH (1u << 20)

static _Atomic int signals;

static void on_signal(int number)
{
	(void)number;
	atomic_fetch_add(&signals, 1);
}

/* Interrupts the call where it sleeps; it must sleep again. */
static void interrupt(struct call *c)
{
	for (int i = 0; i < 3; i++) {
		int before = atomic_load(&signals);

		ck_assert(call_asleep(c));
		ck_assert_int_eq(pthread_kill(c->thread, SIGUSR1), 0);
		while (atomic_load(&signals) == before)
			sched_yield();
	}
	ck_assert(call_asleep(c));
}

static long do_receive(struct call *c)
{
	uint32_t count = 1;
	int fd = -1;
	long n = uffd_fdpass_receive(c->number, c->at, c->length, &fd, &count);

	if (n > 0 && count == 1)
		close(fd);
	return n;
}

static long do_send(struct call *c)
{
	int fd = STDERR_FILENO;

	return uffd_fdpass_send(c->number, c->at, c->length, &fd, 1);
}

static void receive_goes_on(void)
{
	struct call c = {.fn = do_receive, .length = 1};
	int s[2], fd = STDERR_FILENO;
	char byte = 0;

	sockets_make(s, SOCK_STREAM);
	c.number = s[1];
	c.at = &byte;
	call_start(&c);
	interrupt(&c);
	EXPECT(uffd_fdpass_send(s[0], "x", 1, &fd, 1), 0);
	EXPECT(call_join(&c), 1);
	ck_assert_int_eq(byte, 'x');
	close_both(s);
}

/* full: nothing of the message fits at first. */
static void send_goes_on(uint8_t *bytes, int flags, bool full)
{
	struct call c = {.fn = do_send, .at = bytes, .length = LENGTH};
	size_t have = 0, before = 0;
	unsigned int descriptors = 0;
	uint8_t chunk[4096];
	int s[2];

	sockets_make(s, SOCK_STREAM);
	while (full && send(s[0], "x", 1, MSG_DONTWAIT) == 1)
		before++;
	ck_assert_int_eq(fcntl(s[0], F_SETFL, flags), 0);
	c.number = s[0];
	call_start(&c);
	interrupt(&c);
	while (have < before + LENGTH) {
		uint32_t count = 1;
		int fd;
		int64_t n = uffd_fdpass_receive(s[1], chunk, sizeof(chunk), &fd, &count);

		ck_assert_int_gt(n, 0);
		if (count)
			close(fd);
		descriptors += count;
		have += (size_t)n;
	}
	ck_assert_uint_eq(have, before + LENGTH);
	ck_assert_uint_eq(descriptors, 1);
	EXPECT(call_join(&c), 0);
	close_both(s);
}

static void interrupted_calls(void)
{
	struct sigaction act = {.sa_handler = on_signal};
	uint8_t *bytes = calloc(1, LENGTH);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_int_eq(sigaction(SIGUSR1, &act, NULL), 0);
	receive_goes_on();
	send_goes_on(bytes, 0, false);
	send_goes_on(bytes, 0, true);
	send_goes_on(bytes, O_NONBLOCK, false);
	free(bytes);
}

TEST_MAIN(interrupted_calls)
