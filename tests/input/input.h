/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Refusals, asked for and looked at from every side: the exact error, the caller's result
 * untouched, the callbacks that free called once, nothing registered.
 */
#ifndef INPUT_H
#define INPUT_H

#include "test.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <uffd.h>

/* A handle that no call may have written to. */
#define NO_HANDLE(type) ((type *)(uintptr_t)0x5eed)

#define SETTLE_MS 10000

/* A context; skips where there is no userfaultfd or it lacks a feature. */
static inline struct uffd_ctx *ctx_make(uint32_t flags, uint64_t features)
{
	struct uffd_ctx_opts o = {.size = sizeof(o), .flags = flags, .features = features};
	struct uffd_ctx *ctx = NULL;
	int ret;

	close(test_uffd(features));
	ret = uffd_ctx_open(&ctx, &o);
	ck_assert_msg(ret == 0, "uffd_ctx_open: %s", strerror(-ret));
	return ctx;
}

/* A context around a userfaultfd with just these features: what an older kernel would have. */
static inline struct uffd_ctx *ctx_of_old_kernel(uint64_t features)
{
	struct uffd_ctx *ctx = NULL;

	EXPECT(uffd_ctx_adopt(&ctx, test_uffd(features), features, NULL), 0);
	return ctx;
}

/* The callbacks of regions that never fault. */
static inline int fault_never(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	(void)r;
	(void)e;
	(void)user;
	return -EIO;
}

static inline int wp_never(struct uffd_region *r, uint64_t offset, uint32_t tid, void *user)
{
	(void)r;
	(void)offset;
	(void)tid;
	(void)user;
	return -EIO;
}

/* Leaves the extent claimed: the test completes it. */
static inline int fault_later(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	(void)r;
	(void)e;
	(void)user;
	return 0;
}

static inline void count_free(void *user)
{
	++*(int *)user;
}

/* Another userfaultfd can have it, so nobody else has. */
static inline void expect_unregistered(void *at, size_t length)
{
	int fd = test_uffd(UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MISSING_HUGETLBFS);

	EXPECT(uffd_raw_register(fd, (uintptr_t)at, length, UFFDIO_REGISTER_MODE_MISSING, NULL), 0);
	EXPECT(uffd_raw_unregister(fd, (uintptr_t)at, length), 0);
	close(fd);
}

/* opts.user and opts.user_free are set here. */
static inline void refuses_region(struct uffd_ctx *ctx, void *at, size_t length, uint32_t modes,
				  struct uffd_region_opts o, int error)
{
	struct uffd_region *r = NO_HANDLE(struct uffd_region);
	int freed = 0, ret;

	o.user = &freed;
	o.user_free = count_free;
	ret = uffd_region_add(&r, ctx, at, length, modes, &o);
	ck_assert_msg(ret == error, "uffd_region_add: %d (%s), expected %d (%s)", ret,
		      strerror(-ret), error, strerror(-error));
	ck_assert_ptr_eq(r, NO_HANDLE(struct uffd_region));
	ck_assert_msg(freed == 1, "user_free called %d times", freed);
}
#define REFUSES_REGION(ctx, at, length, modes, error, ...)                                         \
	refuses_region(                                                                            \
		ctx, at, length, modes,                                                            \
		(struct uffd_region_opts){.size = sizeof(struct uffd_region_opts), __VA_ARGS__},   \
		error)

static inline struct uffd_region *region_make(struct uffd_ctx *ctx, void *at, size_t length,
					      uint32_t modes, struct uffd_region_opts o)
{
	struct uffd_region *r = NULL;
	int ret;

	o.size = sizeof(o);
	ret = uffd_region_add(&r, ctx, at, length, modes, &o);
	ck_assert_msg(ret == 0, "uffd_region_add: %d (%s)", ret, strerror(-ret));
	return r;
}
#define REGION(ctx, m, modes, ...)                                                                 \
	region_make(ctx, (m)->at, (m)->length, modes, (struct uffd_region_opts){__VA_ARGS__})

/* Room for an options struct with a tail that this library does not know. */
#define LONGER(type)                                                                               \
	union {                                                                                    \
		type opts;                                                                         \
		unsigned char bytes[sizeof(type) + 64];                                            \
	}

/* The lowest descriptor that is free: the same before and after whatever leaks none. */
static inline int lowest_free(void)
{
	int fd = dup(STDERR_FILENO);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

/* Lets the process have n descriptors more than it has, if there are no gaps below; -1: as before.
 */
static inline void leave_descriptors(int n)
{
	static struct rlimit usual;
	struct rlimit few;

	if (!usual.rlim_cur)
		ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &usual), 0);
	few = usual;
	if (n >= 0) {
		few.rlim_cur = (rlim_t)(lowest_free() + n);
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
}

/* In a child process, which uses CHILD_EXPECT instead of ck_assert_*. */
#define CHILD_EXPECT(call, wanted)                                                                 \
	do {                                                                                       \
		long long got_ = (long long)(call), wanted_ = (long long)(wanted);                 \
		if (got_ != wanted_) {                                                             \
			fprintf(stderr, "%s:%d: %s: %lld, expected %lld\n", __FILE__, __LINE__,    \
				#call, got_, wanted_);                                             \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

/* Weak: there with the leak sanitizer only. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* Runs fn(arg) in a forked child, which must end well and leak nothing. */
static inline void in_child(void (*fn)(void *arg), void *arg)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		fn(arg);
		_exit(0);
	}
	ck_assert_msg(pid > 0, "fork: %s", strerror(errno));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(status == 0, "the child's status is 0x%x", (unsigned int)status);
}

#endif
