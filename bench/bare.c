/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: userfaultfd as a program uses it that has no library.
 * Must never: call the library, whose raw layer included.
 */
#include "bare.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util.h"

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef USERFAULTFD_IOC_NEW
#define USERFAULTFD_IOC_NEW _IO(0xAA, 0x00)
#endif

static int open_device(int flags)
{
	int device = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
	int fd = device < 0 ? -1 : ioctl(device, USERFAULTFD_IOC_NEW, O_CLOEXEC | flags);

	if (device >= 0)
		close(device);
	return fd;
}

int bare_open(int flags)
{
	struct uffdio_api api = {.api = UFFD_API};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | flags);

	if (fd < 0)
		fd = open_device(flags);
	if (fd < 0)
		fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | flags | UFFD_USER_MODE_ONLY);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, UFFDIO_API, &api) < 0)
		fatal("UFFDIO_API: %m");
	return fd;
}

int bare_register(int fd, void *at, size_t length, uint64_t mode)
{
	struct uffdio_register reg = {
		.range = {.start = (uintptr_t)at, .len = length},
		.mode = mode,
	};

	return ioctl(fd, UFFDIO_REGISTER, &reg) < 0 ? -errno : 0;
}

void bare_unregister(int fd, void *at, size_t length)
{
	struct uffdio_range range = {.start = (uintptr_t)at, .len = length};

	if (ioctl(fd, UFFDIO_UNREGISTER, &range) < 0)
		fatal("UFFDIO_UNREGISTER: %m");
}

void bare_install(int fd, uint64_t address, const void *from, size_t length)
{
	struct uffdio_copy copy = {.dst = address, .src = (uintptr_t)from, .len = length};

	while (ioctl(fd, UFFDIO_COPY, &copy) < 0) {
		struct uffdio_range range = {.start = address, .len = length};

		if (errno == EAGAIN && copy.copy > 0) {
			copy.dst += (uint64_t)copy.copy;
			copy.src += (uint64_t)copy.copy;
			copy.len -= (uint64_t)copy.copy;
		}
		if (errno == EAGAIN)
			continue;
		if (errno != EEXIST)
			fatal("UFFDIO_COPY: %m");
		/* They are there, and EEXIST has woken nobody. */
		if (ioctl(fd, UFFDIO_WAKE, &range) < 0)
			fatal("UFFDIO_WAKE: %m");
		return;
	}
}

void bare_copy(int fd, void *to, const void *from, size_t length)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)to,
		.src = (uintptr_t)from,
		.len = length,
	};

	if (ioctl(fd, UFFDIO_COPY, &copy) < 0)
		fatal("UFFDIO_COPY of %zu bytes: %m", length);
}

void bare_zero(int fd, void *at, size_t length)
{
	struct uffdio_zeropage zero = {.range = {.start = (uintptr_t)at, .len = length}};

	if (ioctl(fd, UFFDIO_ZEROPAGE, &zero) < 0)
		fatal("UFFDIO_ZEROPAGE of %zu bytes: %m", length);
}

void bare_continue(int fd, void *at, size_t length)
{
	struct uffdio_continue cont = {.range = {.start = (uintptr_t)at, .len = length}};

	if (ioctl(fd, UFFDIO_CONTINUE, &cont) < 0)
		fatal("UFFDIO_CONTINUE of %zu bytes: %m", length);
}
