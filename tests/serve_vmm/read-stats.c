/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* read-stats SOCKET: connects and writes what it is told to standard output, until the end. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

int main(int argc, char **argv)
{
	char buffer[4096];
	ssize_t count = 0;
	int socket;

	if (argc != 2) {
		fprintf(stderr, "usage: read-stats SOCKET\n");
		return 2;
	}
	socket = wire_connect(argv[1]);
	/* Nothing is asked: the text comes bare. */
	if (socket >= 0 && shutdown(socket, SHUT_WR) == 0)
		while ((count = read(socket, buffer, sizeof(buffer))) > 0)
			fwrite(buffer, 1, (size_t)count, stdout);
	if (socket >= 0 && count == 0 && fflush(stdout) == 0)
		return 0;
	fprintf(stderr, "read-stats: %s: %s\n", argv[1], strerror(errno));
	return 1;
}
