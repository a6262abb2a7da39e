/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the bytes that every variant has to bring, in memory or in a file, and the proof that it
 * did.
 * Must never: be asked for a proof while the clock runs.
 */
#include "content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

/* No page of it is all zeros and no two pages are alike, so that each kind of mistake shows. */
uint64_t content_word(uint64_t page)
{
	return (page + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t word_of(uint64_t first_word, size_t i)
{
	return first_word + i * UINT64_C(0xd1342543de82ef95);
}

void content_fill(void *at, size_t length, uint64_t first)
{
	size_t words = page_size() / sizeof(uint64_t);

	for (size_t offset = 0; offset < length; offset += page_size()) {
		uint64_t *page = (uint64_t *)((uint8_t *)at + offset);
		uint64_t first_word = content_word(first + offset / page_size());

		for (size_t i = 0; i < words; i++)
			page[i] = word_of(first_word, i);
	}
}

void content_verify(const char *who, const void *at, size_t length, uint64_t first)
{
	size_t words = page_size() / sizeof(uint64_t);

	for (size_t offset = 0; offset < length; offset += page_size()) {
		const uint64_t *page = (const uint64_t *)((const uint8_t *)at + offset);
		uint64_t number = first + offset / page_size();
		uint64_t first_word = content_word(number), wrong = 0;

		for (size_t i = 0; i < words; i++)
			wrong |= page[i] ^ word_of(first_word, i);
		if (wrong)
			fatal("%s: wrong bytes in page %llu", who, (unsigned long long)number);
	}
}

void content_in_memory(struct content *c, size_t length)
{
	uint8_t *memory = map_anonymous(length);

	content_fill(memory, length, 0);
	*c = (struct content){.length = length, .memory = memory, .fd = -1};
}

static void write_all(int fd, const uint8_t *from, size_t length)
{
	while (length) {
		ssize_t n = write(fd, from, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			fatal("writing the file to page from: %m");
		from += n;
		length -= (size_t)n;
	}
}

void content_in_file(struct content *c, size_t length)
{
	const char *directory = getenv("TMPDIR");
	size_t step = length < MIB ? length : MIB;
	uint8_t *buffer = map_anonymous(step);
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/uffd-bench-XXXXXX", directory ? directory : "/tmp");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		fatal("%s: %m", path);
	unlink(path);
	for (size_t offset = 0; offset < length; offset += step) {
		if (step > length - offset)
			step = length - offset;
		content_fill(buffer, step, offset / page_size());
		write_all(fd, buffer, step);
	}
	/* Written back now and not in the middle of a measurement. */
	if (fsync(fd) < 0)
		fatal("%s: %m", path);
	unmap(buffer, length < MIB ? length : MIB);
	*c = (struct content){.length = length, .fd = fd};
}

void content_free(struct content *c)
{
	if (c->memory)
		unmap((void *)c->memory, c->length);
	if (c->fd >= 0)
		close(c->fd);
}

const void *content_at(const struct content *c, uint64_t offset, size_t length, void *buffer)
{
	size_t done = 0;

	if (c->memory)
		return c->memory + offset;
	while (done < length) {
		ssize_t n = pread(c->fd, (uint8_t *)buffer + done, length - done,
				  (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			fatal("reading the file to page from: %m");
		done += (size_t)n;
	}
	return buffer;
}
