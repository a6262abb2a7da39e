/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * read-stats SOCKET [TIMES]: connects and writes what it is told to standard output, until the end;
 * so many times, one after the other.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

static int read_once(const char *path)
{
	int socket = wire_connect(path);
	char buffer[4096];
	ssize_t count;

	if (socket < 0)
		return -1;
	/* Nothing is asked: the text comes bare. */
	shutdown(socket, SHUT_WR);
	while ((count = read(socket, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, 1, (size_t)count, stdout);
	close(socket);
	return count < 0 || fflush(stdout) ? -1 : 0;
}

int main(int argc, char **argv)
{
	unsigned long times = argc == 3 ? strtoul(argv[2], NULL, 10) : 1;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: read-stats SOCKET [TIMES]\n");
		return 2;
	}
	for (unsigned long i = 0; i < times; i++) {
		if (read_once(argv[1]) == 0)
			continue;
		fprintf(stderr, "read-stats: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	return 0;
}
