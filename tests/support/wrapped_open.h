/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * open(2) as the library calls it, which fails where the test wants it to. For the one file of a
 * test that is linked with --wrap=open and --wrap=open64.
 */
#ifndef WRAPPED_OPEN_H
#define WRAPPED_OPEN_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

/* The test's own: the errno that this call is to fail with, or 0. */
static int open_fails(const char *path);

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;
	int error;

	va_start(args, flags);
	if (flags & O_CREAT)
		mode = va_arg(args, mode_t);
	va_end(args);
	error = open_fails(path);
	if (error) {
		errno = error;
		return -1;
	}
	return __real_open(path, flags, mode);
}

/* Its name where offsets are told to have 64 bits. */
int __wrap_open64(const char *path, int flags, ...) __attribute__((alias("__wrap_open")));

#endif
