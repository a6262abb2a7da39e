/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a directory for sockets, and the process that removes it when nobody is left who has it.
 * Must never: rely on anybody's end being an orderly one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve.h"

static void empty(const char *directory)
{
	DIR *d = opendir(directory);
	const struct dirent *entry;

	if (!d)
		return;
	while ((entry = readdir(d)))
		unlinkat(dirfd(d), entry->d_name, 0); /* not `.' and `..' */
	closedir(d);
}

/* Nothing is ever written: the pipe ends with the last process that could. */
static _Noreturn void keep(const char *directory, int pipe)
{
	char byte;

	/* What ends the bench from a terminal is not to end this. */
	setsid();
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	while (read(pipe, &byte, 1) < 0 && errno == EINTR)
		;
	empty(directory);
	rmdir(directory);
	_exit(0);
}

void serve_place_make(struct serve_place *place)
{
	const char *parent = getenv("TMPDIR");
	int ends[2], length;

	length = snprintf(place->directory, sizeof(place->directory), "%s/uffd-bench-XXXXXX",
			  parent ? parent : "/tmp");
	if (length >= (int)sizeof(place->directory))
		fatal("$TMPDIR is too long for a socket");
	if (pipe2(ends, O_CLOEXEC) < 0)
		fatal("a pipe: %m");
	if (!mkdtemp(place->directory))
		fatal("%s: %m", place->directory);
	snprintf(place->socket, sizeof(place->socket), "%s/s", place->directory);
	place->keeper = fork();
	if (place->keeper < 0) {
		rmdir(place->directory);
		fatal("fork: %m");
	}
	if (place->keeper == 0) {
		close(ends[1]);
		keep(place->directory, ends[0]);
	}
	close(ends[0]);
	place->held = ends[1];
}

void serve_place_close(struct serve_place *place)
{
	close(place->held);
	if (waitpid(place->keeper, NULL, 0) < 0)
		fatal("waitpid: %m");
}
