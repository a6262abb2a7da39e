/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what say.h says. Must never: mix two lines. */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void say_list(const char *format, va_list list)
{
	flockfile(stdout);
	vprintf(format, list);
	putchar('\n');
	fflush(stdout);
	funlockfile(stdout);
}

void say(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say_list(format, list);
	va_end(list);
}

void end_saying(enum exit_code code, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say_list(format, list);
	va_end(list);
	_exit(code);
}

int complain(const char *what, int error)
{
	fprintf(stderr, "test-vmm: %s: %s\n", what, strerror(error));
	return -1;
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}
