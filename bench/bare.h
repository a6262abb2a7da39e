/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: userfaultfd as a program uses it that has no library.
 * Must never: call the library, whose raw layer included.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include <linux/userfaultfd.h>
#include <stddef.h>
#include <stdint.h>

/* Opened and shaken hands with; flags: 0 or O_NONBLOCK. A negative errno. */
int bare_open(int flags);
/* 0 or a negative errno. */
int bare_register(int fd, void *at, size_t length, uint64_t mode);
void bare_unregister(int fd, void *at, size_t length);
/* Installs pages that nobody but the calling thread installs, and wakes who waits for them. */
void bare_install(int fd, uint64_t address, const void *from, size_t length);
/* The ioctls alone, for as much as asked; anything short ends the program. */
void bare_copy(int fd, void *to, const void *from, size_t length);
void bare_zero(int fd, void *at, size_t length);
void bare_continue(int fd, void *at, size_t length);

#endif
