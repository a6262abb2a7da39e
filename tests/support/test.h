/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What every test file stands on: a main that counts descriptors, skips with a reason, memory of
 * every type, and threads that touch it and tell what happened.
 */
#ifndef TEST_H
#define TEST_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uffd/types.h>

/*
 * A test file has one behaviour: TEST_MAIN(function). The function uses ck_assert_* (in its own
 * thread only). Open descriptors before and after must be the same.
 */
#define TEST_MAIN(fn)                                                                              \
	int main(void)                                                                             \
	{                                                                                          \
		return test_main(#fn, fn);                                                         \
	}
int test_main(const char *name, void (*fn)(void));

/* A call's whole answer: a number, or a negative errno. */
#define EXPECT(call, wanted)                                                                       \
	do {                                                                                       \
		long long got_ = (long long)(call), wanted_ = (long long)(wanted);                 \
		ck_assert_msg(got_ == wanted_, "%s: %lld (%s), expected %lld (%s)", #call, got_,   \
			      got_ < 0 ? strerror((int)-got_) : "", wanted_,                       \
			      wanted_ < 0 ? strerror((int)-wanted_) : "");                         \
	} while (0)

/* Counts a few more, always the same: for a comparison with what it said before. */
int open_descriptors(void);

/* Ends the test with 77 and the reason on one line. */
__attribute__((noreturn, format(printf, 1, 2))) void test_skip(const char *format, ...);

/* Memory of a type, unregistered. page: its page size. fd: its file, -1 if none. */
struct test_memory {
	void *at;
	size_t length;
	size_t page;
	int fd;
};
/* Skips the test where the machine has no such memory. hugetlb: 2 MiB pages. */
void test_memory_make(struct test_memory *m, uint32_t backing, size_t pages);
void *test_memory_alias(const struct test_memory *m); /* a second MAP_SHARED mapping of it all */
void test_memory_free(struct test_memory *m);

/* A userfaultfd with features; skips where the kernel or the process may not. Non-blocking. */
int test_uffd(uint64_t features);

/* A thread that touches one byte and keeps what it saw. */
struct toucher {
	pthread_t thread;
	volatile uint8_t *at;
	bool write;
	uint8_t value;     /* written, or what was read */
	_Atomic int state; /* TOUCH_* */
	_Atomic uint32_t tid;
};
#define TOUCH_RUNNING 0
#define TOUCH_DONE    1
#define TOUCH_SIGBUS  2
#define TOUCH_SIGSEGV 3
void touch_start(struct toucher *t, void *at, bool write, uint8_t value);
int touch_join(struct toucher *t); /* waits; returns how it ended: TOUCH_DONE, TOUCH_SIGBUS ... */
bool touch_asleep(struct toucher *t); /* blocks until the thread is either done or asleep in the
					 kernel's fault handler: true asleep, false done */

/* The poller a test's loops shall use, from the suite's set-up: LIBUFFD_POLLER_*. */
uint32_t test_poller(void);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t test_now(void);

#endif
