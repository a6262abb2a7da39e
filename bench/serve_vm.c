/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See serve_vm.h. */
#include "serve_vm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uffd.h>
#include <uffd/firecracker.h>

#include "content.h"

static void check(const char *what, int error)
{
	if (error < 0)
		fatal("a VM: %s: %s", what, strerror(-error));
}

static int dial(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fatal("a VM: %s: %m", path);
	return fd;
}

/* The socket and the descriptor stay open as long as the VM lives, as Firecracker's do. */
static void hand_over(const struct serve_guest *g, const char *path)
{
	struct uffd_peer_region region = {
		.address = (uintptr_t)g->memory,
		.length = g->length,
		.offset = g->first * page_size(),
		.page_size = page_size(),
	};
	/* The guest is threads: faults of user mode, which every user may have. */
	int uffd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY, NULL);

	check("userfaultfd", uffd);
	check("UFFDIO_API", uffd_raw_api(uffd, UFFD_FEATURE_EVENT_REMOVE, NULL, NULL));
	check("UFFDIO_REGISTER", uffd_raw_register(uffd, region.address, region.length,
						   UFFDIO_REGISTER_MODE_MISSING, NULL));
	check("the handshake", uffd_fc_send(dial(path), uffd, &region, 1, LIBUFFD_FC_1_12));
}

static void say_done(const struct serve_guest *g)
{
	char byte = 0;

	if (write(g->control, &byte, 1) != 1)
		_exit(1); /* the bench has ended */
}

void serve_guest_wait(const struct serve_guest *g)
{
	char byte;

	if (read(g->control, &byte, 1) != 1)
		_exit(1);
}

static _Noreturn void be(struct serve_guest *g, const char *path, pid_t bench, serve_guest_fn *fn,
			 void *shared)
{
	uint64_t ns;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != bench)
		_exit(1);
	g->memory = map_anonymous(g->length);
	hand_over(g, path);
	if (serve_guest_touch(g, 0, &ns) != content_word(g->first))
		fatal("a VM: wrong bytes in its first page");
	say_done(g);
	serve_guest_wait(g);
	fn(g, shared);
	say_done(g);
	_exit(0);
}

/* Until it has said that it has done what it was to do. */
static void await(struct serve_vm *vm, struct serve_server *server, int patience_ms)
{
	char byte;
	ssize_t n;

	if (!serve_server_wait(server, vm->control, patience_ms))
		serve_server_fatal(server, "a VM hangs: nothing for %d ms", patience_ms);
	n = read(vm->control, &byte, 1);
	if (n != 1)
		serve_server_fatal(server, "a VM has ended");
}

void serve_vm_start(struct serve_vm *vm, const struct serve *s, struct serve_server *server,
		    uint64_t offset, uint64_t length, serve_guest_fn *fn, void *shared)
{
	struct serve_guest guest = {.length = length, .first = offset / page_size()};
	pid_t bench = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		fatal("socketpair: %m");
	vm->pid = fork();
	if (vm->pid < 0)
		fatal("fork: %m");
	if (vm->pid == 0) {
		close(ends[0]);
		guest.control = ends[1];
		be(&guest, s->place.socket, bench, fn, shared);
	}
	close(ends[1]);
	vm->control = ends[0];
	await(vm, server, SERVE_PATIENCE_MS);
}

void serve_vm_step(const struct serve_vm *vm)
{
	char byte = 0;

	if (send(vm->control, &byte, 1, MSG_NOSIGNAL) != 1)
		fatal("serve: a VM has ended");
}

void serve_vm_end(struct serve_vm *vm, struct serve_server *server, int patience_ms)
{
	int status;

	await(vm, server, patience_ms);
	if (waitpid(vm->pid, &status, 0) < 0)
		fatal("waitpid: %m");
	if (status != 0)
		serve_server_fatal(server, "a VM ended with status 0x%x", (unsigned)status);
	close(vm->control);
}

void serve_guest_discard(const struct serve_guest *g, uint64_t page, uint64_t count)
{
	if (madvise(g->memory + page * page_size(), count * page_size(), MADV_DONTNEED) < 0)
		fatal("a VM: MADV_DONTNEED: %m");
}

uint64_t serve_guest_faults(void)
{
	struct rusage usage;

	/* One that a handler resolves counts as a major one, on kernels before 5.9 as minor. */
	if (getrusage(RUSAGE_THREAD, &usage) < 0)
		fatal("getrusage: %m");
	return (uint64_t)(usage.ru_minflt + usage.ru_majflt);
}
