/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the clock, the CPUs, memory and randomness, as every bench needs them.
 * Must never: measure anything itself.
 */
#include <errno.h>
#include <fcntl.h>
#include "util.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

void fatal(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("uffd-bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	/* Not exit(): other threads may be in the middle of a fault. */
	_exit(3);
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

size_t page_size(void)
{
	static size_t size;

	if (!size)
		size = (size_t)sysconf(_SC_PAGESIZE);
	return size;
}

static cpu_set_t allowed;

/* Before main(): a thread that is bound already would see only its own CPU. */
static __attribute__((constructor)) void find_cpus(void)
{
	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		CPU_ZERO(&allowed);
}

int cpu_count(void)
{
	return CPU_COUNT(&allowed);
}

int cpu_number(int which)
{
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &allowed) && which-- == 0)
			return cpu;
	}
	return -1;
}

void pin_self(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		fatal("binding to CPU %d: %m", cpu);
}

pthread_t start_thread(int cpu, void *(*run)(void *arg), void *arg)
{
	cpu_set_t set = allowed;
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	if (cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
	}
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	error = pthread_create(&thread, &attr, run, arg);
	if (error)
		fatal("starting a thread: %s", strerror(error));
	pthread_attr_destroy(&attr);
	return thread;
}

void join_thread(pthread_t thread)
{
	pthread_join(thread, NULL);
}

void *map_anonymous(size_t length)
{
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		fatal("mapping %zu bytes: %m", length);
	return at;
}

void *map_sparse(size_t length)
{
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

void unmap(void *at, size_t length)
{
	munmap(at, length);
}

int memory_file(size_t length)
{
	int fd = memfd_create("uffd-bench", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)length) < 0)
		fatal("a file in memory of %zu bytes: %m", length);
	return fd;
}

/* A tmpfs with huge=advise; the mount is gone with its last descriptor. */
static int mount_huge_tmpfs(void)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC), mount = -1;

	if (fs < 0)
		return -errno;
	if (fsconfig(fs, FSCONFIG_SET_STRING, "huge", "advise", 0) == 0 &&
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	mount = mount < 0 ? -errno : mount;
	close(fs);
	return mount;
}

int huge_memory_file(size_t length)
{
	int mount = mount_huge_tmpfs(), fd;

	if (mount < 0)
		return mount;
	fd = openat(mount, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	fd = fd < 0 ? -errno : fd;
	close(mount);
	if (fd >= 0 && ftruncate(fd, (off_t)length) < 0)
		fatal("a file in memory of %zu bytes: %m", length);
	return fd;
}

void *map_shared(int fd, size_t length)
{
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		fatal("mapping a file of %zu bytes: %m", length);
	return at;
}

void *map_fresh(size_t length, bool memfd)
{
	void *at;
	int fd;

	if (!memfd)
		return map_anonymous(length);
	fd = memory_file(length);
	at = map_shared(fd, length);
	close(fd);
	return at;
}

static void touch_and_unmap(volatile uint8_t *at, size_t length)
{
	for (size_t offset = 0; offset < length; offset += page_size())
		at[offset] = 1;
	unmap((void *)at, length);
}

void warm_memory(size_t length)
{
	touch_and_unmap(map_anonymous(length), length);
}

void warm_huge_memory(size_t length)
{
	void *at = map_anonymous(length);

	/* Where there are none these are small ones. */
	madvise(at, length, MADV_HUGEPAGE);
	touch_and_unmap(at, length);
}

/* A number behind a key, from a file of /proc; UINT64_MAX if it is not there. */
static uint64_t proc_number(const char *path, const char *key)
{
	FILE *f = fopen(path, "re");
	uint64_t number = UINT64_MAX;
	size_t length = strlen(key);
	char line[256];

	if (!f)
		return UINT64_MAX;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, length) == 0 && line[length] == ':') {
			number = strtoull(line + length + 1, NULL, 10);
			break;
		}
	}
	fclose(f);
	return number;
}

/* A number in kB; 0 if it is not there. */
static uint64_t proc_kilobytes(const char *path, const char *key)
{
	uint64_t kb = proc_number(path, key);

	return kb == UINT64_MAX ? 0 : kb * KIB;
}

uint64_t resident_bytes(void)
{
	/* Counted by walking the page tables; VmRSS may lag by some hundred pages. */
	uint64_t bytes = proc_kilobytes("/proc/self/smaps_rollup", "Rss");

	return bytes ? bytes : proc_kilobytes("/proc/self/status", "VmRSS");
}

uint64_t virtual_bytes(void)
{
	return proc_kilobytes("/proc/self/status", "VmSize");
}

uint64_t page_table_bytes(void)
{
	return proc_kilobytes("/proc/self/status", "VmPTE");
}

uint64_t disk_bytes(void)
{
	return proc_number("/proc/self/io", "read_bytes");
}

uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* splitmix64 */
uint64_t random_next(struct random *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t random_below(struct random *r, uint64_t end)
{
	return random_next(r) % end;
}

uint32_t *sequence(size_t count)
{
	uint32_t *order = malloc(count * sizeof(*order));

	if (!order)
		fatal("out of memory");
	for (size_t i = 0; i < count; i++)
		order[i] = (uint32_t)i;
	return order;
}

uint32_t *shuffled(size_t count)
{
	struct random r = {.state = count};
	uint32_t *order = sequence(count);

	for (size_t i = count; i > 1; i--) {
		size_t j = random_below(&r, i);
		uint32_t swap = order[i - 1];

		order[i - 1] = order[j];
		order[j] = swap;
	}
	return order;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint64_t percentile(uint64_t *samples, size_t count, unsigned int permille)
{
	qsort(samples, count, sizeof(*samples), compare);
	return samples[(count - 1) * permille / 1000];
}
