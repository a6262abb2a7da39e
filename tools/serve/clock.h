/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The time that deadlines are told in: CLOCK_MONOTONIC, nanoseconds. */
#ifndef SERVE_CLOCK_H
#define SERVE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define MS_NS     UINT64_C(1000000)
#define SECOND_NS UINT64_C(1000000000)
#define NEVER     UINT64_MAX

static inline uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static inline void pause_ns(uint64_t ns)
{
	struct timespec pause = {
		.tv_sec = (time_t)(ns / SECOND_NS),
		.tv_nsec = (long)(ns % SECOND_NS),
	};

	nanosleep(&pause, NULL);
}

#endif
