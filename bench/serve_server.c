/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See serve_server.h. */
#include "serve_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHOWN 4000 /* bytes of its end */

static _Noreturn void become(const struct serve *s, bool takeover, int output, pid_t bench)
{
	char memory[64];

	/* What the bench has open is closed in there, and the file has no name. */
	snprintf(memory, sizeof(memory), "/proc/%d/fd/%d", (int)bench, s->memory);
	if (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
		_exit(127);
	fcntl(s->place.held, F_SETFD, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != bench)
		_exit(127);
	execl(s->program, s->program, "--socket", s->place.socket, "--memory", memory,
	      takeover ? "--takeover" : NULL, NULL);
	dprintf(STDERR_FILENO, "%s: %s\n", s->program, strerror(errno));
	_exit(127);
}

void serve_server_start(struct serve_server *server, const struct serve *s, bool takeover)
{
	pid_t bench = getpid();
	int ends[2];

	*server = (struct serve_server){0};
	if (pipe2(ends, O_CLOEXEC) < 0)
		fatal("a pipe: %m");
	server->pid = fork();
	if (server->pid < 0)
		fatal("fork: %m");
	if (server->pid == 0)
		become(s, takeover, ends[1], bench);
	close(ends[1]);
	server->output = ends[0];
	if (fcntl(server->output, F_SETFL, O_NONBLOCK) < 0)
		fatal("fcntl: %m");
	server->pidfd = (int)syscall(SYS_pidfd_open, server->pid, 0);
	if (server->pidfd < 0)
		fatal("pidfd_open: %m");
}

/* What it has said since. False: it has ended. */
static bool listen_to(struct serve_server *server)
{
	char piece[4096];
	ssize_t n;

	while ((n = read(server->output, piece, sizeof(piece))) > 0) {
		server->text = realloc(server->text, server->length + (size_t)n + 1);
		if (!server->text)
			fatal("out of memory");
		memcpy(server->text + server->length, piece, (size_t)n);
		server->length += (size_t)n;
		server->text[server->length] = '\0';
	}
	return n < 0;
}

void serve_server_fatal(struct serve_server *server, const char *format, ...)
{
	char reason[256];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	listen_to(server);
	fprintf(stderr, "uffd-serve said:\n%s",
		!server->text            ? "nothing\n"
		: server->length > SHOWN ? server->text + server->length - SHOWN
					 : server->text);
	fatal("serve: %s", reason);
}

static int poll_for(struct pollfd *polls, nfds_t count, uint64_t until)
{
	uint64_t now = now_ns();
	int ret;

	do
		ret = poll(polls, count, until > now ? (int)((until - now) / 1000000) + 1 : 0);
	while (ret < 0 && errno == EINTR);
	return ret;
}

static uint64_t patience(int ms)
{
	return now_ns() + UINT64_C(1000000) * (uint64_t)ms;
}

bool serve_server_wait(struct serve_server *server, int fd, int patience_ms)
{
	struct pollfd polls[] = {{.fd = fd, .events = POLLIN},
				 {.fd = server->output, .events = POLLIN}};
	uint64_t until = patience(patience_ms);

	while (poll_for(polls, 2, until) > 0) {
		if (polls[0].revents)
			return true;
		if (!listen_to(server))
			polls[1].fd = -1;
	}
	return false;
}

void serve_server_await(struct serve_server *server, const char *event)
{
	struct pollfd output = {.fd = server->output, .events = POLLIN};
	uint64_t until = patience(SERVE_PATIENCE_MS);
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "\"event\":\"%s\"", event);
	while (!server->text || !strstr(server->text, wanted)) {
		if (poll_for(&output, 1, until) <= 0)
			serve_server_fatal(server, "uffd-serve does not say: %s", event);
		if (!listen_to(server) && !(server->text && strstr(server->text, wanted)))
			serve_server_fatal(server, "uffd-serve ended and did not say: %s", event);
	}
}

static int reap(struct serve_server *server)
{
	int status;

	if (!serve_server_wait(server, server->pidfd, SERVE_PATIENCE_MS))
		serve_server_fatal(server, "uffd-serve does not end");
	if (waitpid(server->pid, &status, 0) < 0)
		fatal("waitpid: %m");
	return status;
}

static void forget(struct serve_server *server)
{
	close(server->output);
	close(server->pidfd);
	free(server->text);
}

void serve_server_ended(struct serve_server *server)
{
	int status = reap(server);

	if (status != 0)
		serve_server_fatal(server, "uffd-serve ended with status 0x%x", (unsigned)status);
	forget(server);
}

static void tell(struct serve_server *server, int number)
{
	if (syscall(SYS_pidfd_send_signal, server->pidfd, number, NULL, 0) < 0)
		serve_server_fatal(server, "uffd-serve has ended before: %s", strerror(errno));
}

void serve_server_stop(struct serve_server *server)
{
	tell(server, SIGTERM);
	serve_server_ended(server);
}

void serve_server_kill(struct serve_server *server)
{
	int status;

	tell(server, SIGKILL);
	status = reap(server);
	if (!WIFSIGNALED(status))
		serve_server_fatal(server, "uffd-serve ended with status 0x%x before it was killed",
				   (unsigned)status);
	forget(server);
}
