/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what commands.h says. Must never: touch guest memory: it has to obey while others hang. */
#include "commands.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "say.h"

struct reader {
	char line[64];
	size_t length;
};

static void stop(struct vmm *vmm)
{
	gate_stop(&vmm->gate);
	say("stopped");
}

static void obey(struct vmm *vmm, struct reader *reader)
{
	if (!strcmp(reader->line, "stop")) {
		stop(vmm);
	} else if (!strcmp(reader->line, "go")) {
		gate_go(&vmm->gate);
	} else if (!strcmp(reader->line, "finish")) {
		rounds_finish(&vmm->rounds);
	} else {
		end_saying(EXIT_USAGE, "no such command: %s", reader->line);
	}
}

/* false: end of input. */
static bool read_some(struct vmm *vmm, struct reader *reader)
{
	char bytes[64];
	ssize_t count = read(STDIN_FILENO, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < count; i++) {
		if (bytes[i] == '\n') {
			reader->line[reader->length] = 0;
			reader->length = 0;
			obey(vmm, reader);
		} else if (reader->length < sizeof(reader->line) - 1) {
			reader->line[reader->length++] = bytes[i];
		}
	}
	return count > 0;
}

void commands_obey(struct vmm *vmm)
{
	struct reader reader = {0};
	struct pollfd fds[] = {
		{.fd = vmm->gate.fd, .events = POLLIN},
		{.fd = STDIN_FILENO, .events = POLLIN},
	};

	while (!vmm->gate.ended) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents) {
			eventfd_t value;

			eventfd_read(vmm->gate.fd, &value);
			if (!vmm->gate.ended)
				stop(vmm);
		}
		if (fds[1].revents && !read_some(vmm, &reader))
			fds[1].fd = -1;
	}
}

void commands_end(struct vmm *vmm)
{
	vmm->gate.ended = true;
	eventfd_write(vmm->gate.fd, 1);
}
