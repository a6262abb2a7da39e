/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what stands in for the functions that allocate and map; see failing.h. */
#include "failing.h"

#include "test.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *at);
void *__wrap_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset);
/* What mmap() is called where offsets are told to have 64 bits. */
void *__wrap_mmap64(void *at, size_t length, int prot, int flags, int fd, off_t offset);
int __wrap_munmap(void *at, size_t length);
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *at);
void *__real_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t length);

#define MOST 1024

static _Atomic bool counts;
static _Atomic long calls, failing;

/* What was taken while armed, and has not been given back. */
static struct {
	uintptr_t at;
	size_t mapped; /* 0: allocated */
} live[MOST];
static pthread_mutex_t live_lock = PTHREAD_MUTEX_INITIALIZER;

void failing_choose(long k)
{
	atomic_store(&calls, 0);
	atomic_store(&failing, k);
}

void failing_arm(bool armed)
{
	atomic_store(&counts, armed);
}

bool failing_call(void)
{
	return atomic_load(&counts) && atomic_fetch_add(&calls, 1) + 1 == atomic_load(&failing);
}

long failing_calls(void)
{
	return atomic_load(&calls);
}

bool failing_has_failed(void)
{
	return atomic_load(&failing) && atomic_load(&calls) >= atomic_load(&failing);
}

static int count_live(bool mapped)
{
	int n = 0;

	pthread_mutex_lock(&live_lock);
	for (size_t i = 0; i < MOST; i++)
		n += live[i].at && (live[i].mapped != 0) == mapped;
	pthread_mutex_unlock(&live_lock);
	return n;
}

void failing_expect_given_back(long k)
{
	int allocated = count_live(false), mapped = count_live(true);

	ck_assert_msg(!allocated && !mapped,
		      "failing call %ld: %d allocations and %d mappings are left", k, allocated,
		      mapped);
}

static bool is_refused(void)
{
	if (!failing_call())
		return false;
	errno = ENOMEM;
	return true;
}

/* With the lock held. */
static void enter(uintptr_t at, size_t mapped)
{
	size_t i = 0;

	while (i < MOST && live[i].at)
		i++;
	/* Who does not know what was taken cannot say that it was given back. */
	if (i == MOST)
		abort();
	live[i].at = at;
	live[i].mapped = mapped;
}

static void *took(void *at, size_t mapped)
{
	if (!at || !atomic_load(&counts))
		return at;
	pthread_mutex_lock(&live_lock);
	enter((uintptr_t)at, mapped);
	pthread_mutex_unlock(&live_lock);
	return at;
}

static void freed(const void *at)
{
	pthread_mutex_lock(&live_lock);
	for (size_t i = 0; i < MOST; i++)
		if (live[i].at == (uintptr_t)at && !live[i].mapped)
			live[i].at = 0;
	pthread_mutex_unlock(&live_lock);
}

/* Of a mapping, at either end or in the middle, any part can be given back. */
static void unmapped(uintptr_t from, uintptr_t end)
{
	pthread_mutex_lock(&live_lock);
	for (size_t i = 0; i < MOST; i++) {
		uintptr_t at = live[i].at, stop = at + live[i].mapped;

		if (!live[i].mapped || !at || end <= at || stop <= from)
			continue;
		live[i].at = 0;
		if (at < from)
			enter(at, from - at);
		if (end < stop)
			enter(end, stop - end);
	}
	pthread_mutex_unlock(&live_lock);
}

void *__wrap_malloc(size_t size)
{
	return is_refused() ? NULL : took(__real_malloc(size), 0);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return is_refused() ? NULL : took(__real_calloc(n, size), 0);
}

void *__wrap_realloc(void *old, size_t size)
{
	if (is_refused())
		return NULL;
	/* Before another thread can be given the same address. */
	freed(old);
	return took(__real_realloc(old, size), 0);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return is_refused() ? NULL : took(__real_aligned_alloc(alignment, size), 0);
}

void __wrap_free(void *at)
{
	freed(at);
	__real_free(at);
}

void *__wrap_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset)
{
	void *got;

	if (is_refused())
		return MAP_FAILED;
	got = __real_mmap(at, length, prot, flags, fd, offset);
	/* What takes the place of another mapping is a part of that. */
	return got == MAP_FAILED || flags & MAP_FIXED ? got : took(got, length);
}

void *__wrap_mmap64(void *at, size_t length, int prot, int flags, int fd, off_t offset)
{
	return __wrap_mmap(at, length, prot, flags, fd, offset);
}

int __wrap_munmap(void *at, size_t length)
{
	unmapped((uintptr_t)at, (uintptr_t)at + length);
	return __real_munmap(at, length);
}
