/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the format of a snapshot's files. Must never: believe a file. */
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define MAGIC "UFFDVM\n"

/* PATH.state begins with it, in the machine's byte order; the registers follow. */
struct header {
	char magic[8];
	uint32_t version;
	uint32_t cpu_size; /* bytes of registers */
	uint64_t memory_size;
	uint64_t seed;
	char cpu_kind[16];
	uint32_t checksum; /* of everything before it, then of the registers */
	uint32_t reserved; /* 0 */
};
_Static_assert(sizeof(struct header) == 56, "no padding");
_Static_assert(sizeof(MAGIC) == 8, "as long as its field");

int snapshot_name(struct snapshot *snapshot, const char *path)
{
	int a = snprintf(snapshot->memory_path, sizeof(snapshot->memory_path), "%s.mem", path);
	int b = snprintf(snapshot->state_path, sizeof(snapshot->state_path), "%s.state", path);

	if (a >= (int)sizeof(snapshot->memory_path) || b >= (int)sizeof(snapshot->state_path))
		return complain_error(path, ENAMETOOLONG);
	return 0;
}

void snapshot_remove(const struct snapshot *snapshot)
{
	unlink(snapshot->state_path);
	unlink(snapshot->memory_path);
}

/* FNV-1a: it is to find accidents. */
static uint32_t hash(uint32_t sum, const void *at, size_t size)
{
	const unsigned char *bytes = at;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 16777619u;
	return sum;
}

static uint32_t checksum(const struct header *header, const void *registers)
{
	uint32_t sum = hash(2166136261u, header, offsetof(struct header, checksum));

	return hash(sum, registers, header->cpu_size);
}

static int write_all(int fd, const void *from, uint64_t size, uint64_t offset)
{
	while (size) {
		ssize_t n = pwrite(fd, from, size, (off_t)offset);

		if (n < 0 && errno == EINTR && !interrupted())
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		from = (const char *)from + n;
		offset += (uint64_t)n;
		size -= (uint64_t)n;
	}
	return 0;
}

static bool is_zero(const void *page)
{
	const uint64_t *word = page;

	for (unsigned int i = 0; i < PATTERN_WORDS; i++)
		if (word[i])
			return false;
	return true;
}

/* Writes the runs of pages that are not zero; what is not written stays a hole. */
static int write_sparse(int fd, struct snapshot *snapshot, const char *memory)
{
	const uint64_t longest = SNAPSHOT_GRANULE;
	uint64_t at = 0;
	int ret;

	snapshot->memory_data = 0;
	while (at < snapshot->memory_size) {
		uint64_t end = at;

		while (end < snapshot->memory_size && end - at < longest && !is_zero(memory + end))
			end += PATTERN_PAGE;
		if (interrupted())
			return -EINTR;
		ret = write_all(fd, memory + at, end - at, at);
		if (ret < 0)
			return ret;
		snapshot->memory_data += end - at;
		/* Either a page of zeros is here, or the run goes on. */
		at = end - at < longest ? end + PATTERN_PAGE : end;
	}
	return 0;
}

static int write_memory(struct snapshot *snapshot, const void *memory)
{
	int fd = open(snapshot->memory_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int ret;

	if (fd < 0)
		return complain_error(snapshot->memory_path, errno);
	ret = ftruncate(fd, (off_t)snapshot->memory_size) < 0 ? -errno : 0;
	if (!ret)
		ret = write_sparse(fd, snapshot, memory);
	if (close(fd) < 0 && !ret)
		ret = -errno;
	return ret < 0 ? complain_error(snapshot->memory_path, ret) : 0;
}

static int write_state(struct snapshot *snapshot)
{
	struct header header = {
		.magic = MAGIC,
		.version = SNAPSHOT_VERSION,
		.cpu_size = snapshot->cpu.size,
		.memory_size = snapshot->memory_size,
		.seed = snapshot->seed,
	};
	int fd = open(snapshot->state_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int ret;

	if (fd < 0)
		return complain_error(snapshot->state_path, errno);
	memcpy(header.cpu_kind, snapshot->cpu.kind, sizeof(header.cpu_kind));
	header.checksum = checksum(&header, snapshot->cpu.bytes);
	ret = write_all(fd, &header, sizeof(header), 0);
	if (!ret)
		ret = write_all(fd, snapshot->cpu.bytes, header.cpu_size, sizeof(header));
	if (close(fd) < 0 && !ret)
		ret = -errno;
	return ret < 0 ? complain_error(snapshot->state_path, ret) : 0;
}

int snapshot_write(struct snapshot *snapshot, const void *memory)
{
	/* The state comes last: half a snapshot has none. */
	unlink(snapshot->state_path);
	if (write_memory(snapshot, memory) < 0 || write_state(snapshot) < 0) {
		snapshot_remove(snapshot);
		return -1;
	}
	return 0;
}

/* Why these bytes are no state file, or NULL. */
static const char *check_state(const struct header *header, const void *registers, size_t size)
{
	if (memcmp(header->magic, MAGIC, size < sizeof(MAGIC) ? size : sizeof(MAGIC)))
		return "not a snapshot: wrong magic";
	if (size < sizeof(*header))
		return "truncated";
	if (header->version != SNAPSHOT_VERSION)
		return "a snapshot of another version";
	if (header->cpu_size > sizeof(((struct guest_cpu *)0)->bytes))
		return "damaged: more registers than any guest has";
	if (size < sizeof(*header) + header->cpu_size)
		return "truncated";
	if (size > sizeof(*header) + header->cpu_size)
		return "damaged: longer than it says";
	if (header->checksum != checksum(header, registers))
		return "damaged: wrong checksum";
	if (!header->memory_size || header->memory_size % SNAPSHOT_GRANULE ||
	    header->memory_size > INT64_MAX || header->reserved ||
	    header->cpu_kind[sizeof(header->cpu_kind) - 1])
		return "damaged: it says what no snapshot says";
	return NULL;
}

static int read_state(struct snapshot *snapshot)
{
	/* One byte more than the longest: what is too long is seen. */
	struct {
		struct header header;
		unsigned char registers[sizeof(snapshot->cpu.bytes) + 1];
	} file;
	const char *why;
	ssize_t size;
	int fd = open(snapshot->state_path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return complain_error(snapshot->state_path, errno);
	memset(&file, 0, sizeof(file));
	size = pread(fd, &file, sizeof(file), 0);
	if (size < 0)
		complain_error(snapshot->state_path, errno);
	close(fd);
	if (size < 0)
		return -1;
	why = check_state(&file.header, file.registers, (size_t)size);
	if (why)
		return complain(snapshot->state_path, why);
	snapshot->memory_size = file.header.memory_size;
	snapshot->seed = file.header.seed;
	memcpy(snapshot->cpu.kind, file.header.cpu_kind, sizeof(snapshot->cpu.kind));
	snapshot->cpu.size = file.header.cpu_size;
	memcpy(snapshot->cpu.bytes, file.registers, file.header.cpu_size);
	return 0;
}

static int check_memory(const struct snapshot *snapshot)
{
	struct stat st;
	uint64_t size;

	if (stat(snapshot->memory_path, &st) < 0)
		return complain_error(snapshot->memory_path, errno);
	if (!S_ISREG(st.st_mode))
		return complain(snapshot->memory_path, "not a regular file");
	size = (uint64_t)st.st_size;
	if (size == snapshot->memory_size)
		return 0;
	return complain_format(snapshot->memory_path,
			       "%s: %" PRIu64 " bytes, and %" PRIu64 " in the state",
			       size < snapshot->memory_size ? "truncated" : "too long", size,
			       snapshot->memory_size);
}

int snapshot_read(struct snapshot *snapshot)
{
	return read_state(snapshot) < 0 || check_memory(snapshot) < 0 ? -1 : 0;
}
