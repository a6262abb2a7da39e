/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * On a context without events the thread that serves faults allocates nothing, maps nothing and
 * takes no lock per fault: counted over thousands of them, by callback, from memory and from a
 * file.
 */
#include "serve.h"

#define PAGES 6000u
#define WARM  500u

static _Atomic bool counting;
static _Atomic int counted;

/* The linker sends the library's calls here (--wrap). */
#define COUNTED(type, name, parameters, arguments)                                                 \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		if (atomic_load_explicit(&counting, memory_order_relaxed))                         \
			atomic_fetch_add(&counted, 1);                                             \
		return __real_##name arguments;                                                    \
	}
COUNTED(void *, malloc, (size_t size), (size))
COUNTED(void *, calloc, (size_t n, size_t size), (n, size))
COUNTED(void *, realloc, (void *at, size_t size), (at, size))
COUNTED(void, free, (void *at), (at))
COUNTED(void *, mmap, (void *at, size_t length, int prot, int flags, int fd, off_t offset),
	(at, length, prot, flags, fd, offset))
COUNTED(int, munmap, (void *at, size_t length), (at, length))
COUNTED(int, madvise, (void *at, size_t length, int advice), (at, length, advice))
COUNTED(int, pthread_mutex_lock, (pthread_mutex_t * lock), (lock))
COUNTED(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
COUNTED(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))

static void expect_none(const char *what, struct uffd_source *source, int64_t spin_ns,
			uint32_t backing)
{
	struct uffd_loop_opts opts = serve_loop_opts();
	struct served s;
	bool right = true;

	serve(&s, backing, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .fault_around = 4096});
	opts.spin_ns = spin_ns;
	s.loop = serve_start(s.ctx, &opts);
	for (size_t k = 0; k < WARM; k++)
		right &= served_right(&s, k);
	atomic_store(&counted, 0);
	atomic_store(&counting, true);
	for (size_t k = WARM; k < PAGES; k++)
		right &= served_right(&s, k);
	atomic_store(&counting, false);
	ck_assert(right);
	ck_assert_msg(atomic_load(&counted) == 0, "%s: %d calls in %u faults", what,
		      atomic_load(&counted), PAGES - WARM);
	ck_assert_uint_ge(stats_of(s.ctx).faults_missing, PAGES);
	serve_end(&s);
}

static void per_fault_nothing_is_allocated_or_locked(void)
{
	size_t length = PAGES * (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *content = content_make(length);
	int fd = memfd_create("content", MFD_CLOEXEC);
	struct uffd_source *memory, *file;

	ck_assert_int_eq(write(fd, content, length), (ssize_t)length);
	/* That there is a count at all. */
	atomic_store(&counting, true);
	ck_assert_int_eq(uffd_source_open_memory(&memory, content, length), 0);
	atomic_store(&counting, false);
	ck_assert_int_gt(atomic_load(&counted), 0);
	ck_assert_int_eq(uffd_source_open_fd(&file, fd, NULL), 0);
	expect_none("callback", NULL, LIBUFFD_SPIN_ADAPTIVE, LIBUFFD_BACKING_ANON);
	expect_none("callback, no spin", NULL, LIBUFFD_SPIN_NEVER, LIBUFFD_BACKING_SHMEM);
	expect_none("memory", memory, LIBUFFD_SPIN_ADAPTIVE, LIBUFFD_BACKING_ANON);
	expect_none("file", file, LIBUFFD_SPIN_ADAPTIVE, LIBUFFD_BACKING_ANON);
	uffd_source_close(memory);
	uffd_source_close(file);
	close(fd);
	munmap(content, length);
}

TEST_MAIN(per_fault_nothing_is_allocated_or_locked)
