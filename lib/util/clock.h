/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: monotonic time in nanoseconds, and pauses.
 * Must never: be used to make an order between threads.
 */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include <errno.h>
#include <stdint.h>
#include <time.h>

#define NS_PER_MS 1000000u
#define NS_PER_S  1000000000u

static inline uint64_t timespec_ns(const struct timespec *ts)
{
	return (uint64_t)ts->tv_sec * NS_PER_S + (uint64_t)ts->tv_nsec;
}

static inline struct timespec ns_timespec(uint64_t ns)
{
	return (struct timespec){(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
}

static inline uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return timespec_ns(&ts);
}

/* The time of a deadline, 0: none. 0, or -EINVAL where it is no time. A time in the past is one too. */
static inline int deadline_ns(const struct timespec *ts, uint64_t *ns)
{
	*ns = 0;
	if (!ts)
		return 0;
	if (ts->tv_nsec < 0 || ts->tv_nsec >= (long)NS_PER_S)
		return -EINVAL;
	if (ts->tv_sec < 0)
		*ns = 1;
	else if ((uint64_t)ts->tv_sec >= INT64_MAX / NS_PER_S)
		*ns = INT64_MAX;
	else
		*ns = timespec_ns(ts) + (timespec_ns(ts) == 0);
	return 0;
}

static inline void clock_pause(uint64_t ns)
{
	struct timespec ts = ns_timespec(ns);

	nanosleep(&ts, NULL);
}

#endif
