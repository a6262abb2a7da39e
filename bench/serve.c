/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what uffd-serve is to those whose memory it brings, seen from outside: VMs are processes of
 * the bench's own, whose threads play the guest.
 * Must never: leave a process, a socket or a directory, whatever happens.
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uffd.h>

#include "content.h"

#define LEAST (16 * MIB)

int serve_rounds(const struct serve *s, int usual, int quick)
{
	if (s->o->rounds)
		return s->o->rounds;
	return s->o->quick ? quick : usual;
}

static char *runs(const char *directory, int length, const char *name)
{
	char *path;

	if (asprintf(&path, "%.*s/%s", length, directory, name) < 0)
		fatal("out of memory");
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* In the directory where it is built with this program, or in $PATH; NULL: neither. */
static char *find_program(void)
{
	const char *path = getenv("PATH");
	char self[4096], *found = NULL;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
	const char *end = n > 0 ? memrchr(self, '/', (size_t)n) : NULL;

	if (end)
		found = runs(self, (int)(end - self), "../tools/serve/uffd-serve");
	while (!found && path && *path) {
		size_t length = strcspn(path, ":");

		found = runs(path, (int)length, "uffd-serve");
		path += length + (path[length] == ':');
	}
	return found;
}

/* False, and says why. */
static bool can_be_measured(void)
{
	int uffd = uffd_raw_open(O_CLOEXEC | UFFD_USER_MODE_ONLY, NULL);
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (uffd < 0)
		result_skip("serve", "all", strerror(-uffd));
	else
		close(uffd);
	if (pidfd < 0)
		result_skip("serve", "all", "no pidfd_open(2)");
	else
		close(pidfd);
	return uffd >= 0 && pidfd >= 0;
}

static void make_memory(struct serve *s)
{
	void *at;

	s->length = s->o->size ? s->o->size : s->o->quick ? LEAST : GIB;
	s->length &= -LEAST;
	if (!s->length) {
		result_note("serve", "--size: 16M is the least");
		s->length = LEAST;
	}
	s->memory = memory_file(s->length);
	at = map_shared(s->memory, s->length);
	content_fill(at, s->length, 0);
	unmap(at, s->length);
}

/*
 * A server's holder is nobody's child when its server is gone, and ends by itself, perhaps after
 * ten seconds in which it waits for another server; as this process takes such children it is seen
 * here. Its pid is its own business: there is nothing to sleep on.
 */
static void await_holders(void)
{
	uint64_t until = now_ns() + UINT64_C(2000000) * SERVE_PATIENCE_MS;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0) {
		if (pid == 0 && now_ns() > until)
			fatal("serve: a holder does not end");
		if (pid == 0)
			poll(NULL, 0, 1);
	}
}

static void *run(void *arg)
{
	struct serve *s = arg;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	serve_place_make(&s->place);
	serve_sixteen(s);
	serve_takeover(s);
	serve_storm(s);
	serve_place_close(&s->place);
	await_holders();
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	return NULL;
}

void bench_serve(const struct options *o, struct results *results)
{
	struct serve s = {.o = o, .results = results};

	if (!can_be_measured())
		return;
	s.program = o->server ? strdup(o->server) : find_program();
	if (!s.program) {
		result_skip("serve", "all",
			    "no uffd-serve, neither built nor in $PATH: see --server");
		return;
	}
	make_memory(&s);
	if (cpu_count() < 2)
		result_note("serve", "this process has one CPU: VMs and servers share it");
	/* In a thread that is not bound, since processes take after it, and end with it. */
	join_thread(start_thread(-1, run, &s));
	close(s.memory);
	free(s.program);
}
