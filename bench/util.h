/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the clock, the CPUs, memory and randomness, as every bench needs them.
 * Must never: measure anything itself.
 */
#ifndef BENCH_UTIL_H
#define BENCH_UTIL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)
#define TIB (GIB * 1024)

/* Ends the program with status 3: a figure would be worthless. */
_Noreturn __attribute__((format(printf, 1, 2))) void fatal(const char *format, ...);

uint64_t now_ns(void);
size_t page_size(void);

/* CPUs that this process may use, counted once at start, and the number of one of them. */
int cpu_count(void);
int cpu_number(int which);
/* Binds the calling thread. */
void pin_self(int cpu);

/* Starts a thread bound to cpu, or anywhere when cpu is negative. */
pthread_t start_thread(int cpu, void *(*run)(void *arg), void *arg);
void join_thread(pthread_t thread);

/* Private anonymous memory, no access to it yet. */
void *map_anonymous(size_t length);
/* The same, or shared memory of a file that nobody else has. */
void *map_fresh(size_t length, bool memfd);
/* The same, reserving nothing: NULL where the machine does not allow so much. */
void *map_sparse(size_t length);
void unmap(void *at, size_t length);
/* A file in memory of that length. */
int memory_file(size_t length);
/* One on a tmpfs of its own, mounted nowhere, whose mappings may ask for huge pages; -errno: not root. */
int huge_memory_file(size_t length);
/* The file mapped MAP_SHARED. */
void *map_shared(int fd, size_t length);

/*
 * Touches that much memory and gives it back: the first touch of a page that the host has not
 * backed costs several microseconds, which would be the first variant's.
 */
void warm_memory(size_t length);
/*
 * The same in huge pages, for benches that take some. A host takes memory back that a guest has not
 * used for seconds, and large free blocks first.
 */
void warm_huge_memory(size_t length);

/* Bytes of this process that are resident, of address space, and of page tables. */
uint64_t resident_bytes(void);
uint64_t virtual_bytes(void);
uint64_t page_table_bytes(void);

/* Bytes that this process has had read from disks; UINT64_MAX: the kernel does not tell. */
uint64_t disk_bytes(void);
/* CPU time of all threads of this process. */
uint64_t cpu_ns(void);

/* A generator with a fixed start: each run and each variant sees the same sequence. */
struct random {
	uint64_t state;
};
uint64_t random_next(struct random *r);
uint64_t random_below(struct random *r, uint64_t end);
/* 0 .. count - 1, in order or shuffled. */
uint32_t *sequence(size_t count);
uint32_t *shuffled(size_t count);

/* The value below which permille thousandths of the samples lie; sorts them. */
uint64_t percentile(uint64_t *samples, size_t count, unsigned int permille);

#endif
