/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See log.h. */
#include "serve/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include <uffd/types.h>

/* All of one length, below PIPE_BUF: a pipe has whole ones only. */
struct line {
	int32_t level;
	uint32_t vm;
	char text[248];
};

_Static_assert(sizeof(struct line) <= PIPE_BUF, "a line is written at once or not at all");

int log_open(struct log *log)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	log->out = fds[0];
	log->in = fds[1];
	atomic_init(&log->dropped, 0);
	return 0;
}

void log_close(struct log *log)
{
	close(log->in);
	close(log->out);
}

void log_write(struct log *log, int level, uint32_t vm, const char *text)
{
	struct line line = {.level = level, .vm = vm};

	if (level > LIBUFFD_LOG_WARNING)
		return;
	snprintf(line.text, sizeof(line.text), "%s", text);
	if (write(log->in, &line, sizeof(line)) < 0)
		atomic_fetch_add(&log->dropped, 1);
}

void log_read(struct log *log, log_fn each, void *user)
{
	struct line line;
	uint64_t dropped;
	char text[64];

	while (read(log->out, &line, sizeof(line)) == sizeof(line))
		each(user, line.level, line.vm, line.text);
	dropped = atomic_exchange(&log->dropped, 0);
	if (!dropped)
		return;
	snprintf(text, sizeof(text), "%llu more lines were dropped", (unsigned long long)dropped);
	each(user, LIBUFFD_LOG_WARNING, 0, text);
}
