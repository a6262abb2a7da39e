/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the bytes that every variant has to bring, in memory or in a file, and the proof that it
 * did.
 * Must never: be asked for a proof while the clock runs.
 */
#ifndef BENCH_CONTENT_H
#define BENCH_CONTENT_H

#include <stddef.h>
#include <stdint.h>

struct content {
	size_t length;
	const uint8_t *memory; /* NULL where it is in a file */
	int fd;                /* -1 where it is in memory */
};

/* Memory that is present, so that nobody pays for its first touch. */
void content_in_memory(struct content *c, size_t length);
/* A file without a name in $TMPDIR or /tmp, all of it in the page cache. */
void content_in_file(struct content *c, size_t length);
void content_free(struct content *c);

/* Bytes at offset: where they are in memory, or read into buffer. Any thread, signal handlers. */
const void *content_at(const struct content *c, uint64_t offset, size_t length, void *buffer);

/* The first word of a page: what a thread sees that touches it. */
uint64_t content_word(uint64_t page);

/* Length bytes at `at`, which begin with page first. */
void content_fill(void *at, size_t length, uint64_t first);

/* Every byte of length bytes at `at`, which begin with page first, or the end of the program. */
void content_verify(const char *who, const void *at, size_t length, uint64_t first);

#endif
