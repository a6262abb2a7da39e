/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: who can open a userfaultfd here, and how: tried by this process and by a child of no
 * privilege.
 * Must never: leave the child behind, or change who this process is.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"

#define NOBODY 65534

static int tried(int fd)
{
	if (fd < 0)
		return fd;
	close(fd);
	return 1;
}

static void try_opening(struct opening *o)
{
	int flags = O_CLOEXEC | O_NONBLOCK;

	o->syscall = tried(uffd_raw_open_syscall(flags));
	o->user_mode_only = tried(uffd_raw_open_syscall(flags | UFFD_USER_MODE_ONLY));
	o->device = tried(uffd_raw_open_device(flags));
}

static _Noreturn void be_nobody(int out)
{
	struct opening o;
	int left = 1;

	if (setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0) {
		try_opening(&o);
		left = write(out, &o, sizeof(o)) != sizeof(o);
	}
	_exit(left);
}

/* Whether a child could become nobody and tell. */
static bool try_as_nobody(struct opening *o)
{
	bool told = false;
	int out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		return false;
	pid = fork();
	if (pid == 0)
		be_nobody(out[1]);
	close(out[1]);
	if (pid > 0) {
		told = read(out[0], o, sizeof(*o)) == sizeof(*o);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(out[0]);
	return told;
}

void ways_ask(struct ways *w)
{
	struct stat st;
	int fd;

	try_opening(&w->self);
	fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, &w->report);
	if (fd >= 0)
		close(fd);
	w->nobody_tried = geteuid() == 0 && try_as_nobody(&w->nobody);
	w->sysctl = (int)number_from("/proc/sys/vm/unprivileged_userfaultfd");
	if (stat("/dev/userfaultfd", &st) < 0) {
		w->device_file = -errno;
		return;
	}
	w->mode = st.st_mode;
	w->owner = st.st_uid;
	w->group = st.st_gid;
}
