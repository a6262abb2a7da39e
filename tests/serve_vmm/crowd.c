/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * crowd SOCKET COUNT MUTE: so many clients that never complete a handshake, of one process. Those
 * whose number is below MUTE send nothing, the others its first byte. It says "there" when all are
 * connected, and "refused N" for each that the server lets go of, and ends when it is killed.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

#define MOST 256

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void come(struct pollfd *clients, unsigned long count, unsigned long mute, const char *path)
{
	for (unsigned long i = 0; i < count; i++) {
		clients[i] = (struct pollfd){.fd = wire_connect(path), .events = POLLIN};
		if (clients[i].fd < 0)
			die(path);
		if (i >= mute && wire_send(clients[i].fd, "[", 1, NULL, 0) < 0)
			die("sendmsg");
	}
}

static void stay(struct pollfd *clients, unsigned long count)
{
	for (;;) {
		if (poll(clients, count, -1) < 0)
			die("poll");
		for (unsigned long i = 0; i < count; i++) {
			if (!clients[i].revents)
				continue;
			/* The server never says anything: it is the end. */
			printf("refused %lu\n", i);
			fflush(stdout);
			close(clients[i].fd);
			clients[i] = (struct pollfd){.fd = -1};
		}
	}
}

int main(int argc, char **argv)
{
	static struct pollfd clients[MOST];
	unsigned long count = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;

	if (!count || count > MOST) {
		fprintf(stderr, "usage: crowd SOCKET COUNT MUTE\n");
		return 2;
	}
	come(clients, count, strtoul(argv[3], NULL, 10), argv[1]);
	printf("there\n");
	fflush(stdout);
	stay(clients, count);
}
