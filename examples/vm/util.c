/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what util.h says. Must never: exit on its own. */
#include "util.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int complain(const char *what, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, why);
	return -1;
}

int complain_error(const char *what, int error)
{
	return complain(what, strerror(error < 0 ? -error : error));
}

int complain_format(const char *what, const char *why, ...)
{
	char text[256];
	va_list args;

	va_start(args, why);
	vsnprintf(text, sizeof(text), why, args);
	va_end(args);
	return complain(what, text);
}

bool parse_size(const char *text, uint64_t *bytes)
{
	unsigned int shift = 0;
	char *end;
	uint64_t n;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno)
		return false;
	switch (*end) {
	case 'G':
	case 'g':
		shift = 30;
		break;
	case 'M':
	case 'm':
		shift = 20;
		break;
	case 'K':
	case 'k':
		shift = 10;
		break;
	}
	if (end[shift ? 1 : 0] != '\0' || n > UINT64_MAX >> shift)
		return false;
	*bytes = n << shift;
	return true;
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static volatile sig_atomic_t caught;

static void on_interrupt(int signal)
{
	(void)signal;
	caught = 1;
}

void catch_interrupts(void)
{
	/* No SA_RESTART: whoever waits shall look at the flag. */
	struct sigaction sa = {.sa_handler = on_interrupt};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

bool interrupted(void)
{
	return caught;
}
