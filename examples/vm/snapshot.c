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

#include "layout.h"
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
	uint32_t generation;
	uint32_t program;
	uint32_t reserved; /* 0 */
	uint32_t checksum; /* of everything before it, then of the registers */
};
_Static_assert(sizeof(struct header) == 64, "no padding");
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

int snapshot_keep_data(const void *part, uint64_t offset, uint64_t length, void *user)
{
	const uint64_t *word = part;

	(void)offset;
	(void)user;
	for (uint64_t i = 0; i < length / sizeof(*word); i++)
		if (word[i])
			return 1;
	return 0;
}

/* Memory on its way to a file. */
struct writing {
	int fd;
	uint64_t part; /* bytes: the file has no smaller holes */
	const char *memory;
	uint64_t size;
	snapshot_keep_fn keep;
	void *user;
};

/* The end of the run of parts from at on that are to be kept, or a negative errno. */
static int64_t kept_run(const struct writing *w, uint64_t at)
{
	uint64_t end = at;

	while (end < w->size && end - at < SNAPSHOT_GRANULE) {
		uint64_t length = w->part < w->size - end ? w->part : w->size - end;
		int ret = w->keep(w->memory + end, end, length, w->user);

		if (ret < 0)
			return ret;
		if (!ret)
			break;
		end += length;
	}
	return (int64_t)end;
}

/* Writes what is to be kept; the rest stays a hole. Bytes written, or a negative errno. */
static int64_t write_sparse(const struct writing *w)
{
	int64_t written = 0;
	uint64_t at = 0;

	while (at < w->size) {
		int64_t end = kept_run(w, at);
		int ret;

		if (interrupted())
			return -EINTR;
		if (end < 0)
			return end;
		ret = write_all(w->fd, w->memory + at, (uint64_t)end - at, at);
		if (ret < 0)
			return ret;
		written += end - (int64_t)at;
		at = (uint64_t)end == at ? at + w->part : (uint64_t)end;
	}
	return written;
}

/* Pages of the host and blocks of the file system: of either a part makes all of it data. */
static uint64_t part_of(int fd)
{
	uint64_t part = (uint64_t)sysconf(_SC_PAGESIZE);
	struct stat st;

	if (fstat(fd, &st) == 0 && (uint64_t)st.st_blksize > part && st.st_blksize % part == 0)
		part = (uint64_t)st.st_blksize;
	return part;
}

static int write_memory(struct snapshot *snapshot, struct writing *w)
{
	int64_t ret;

	w->fd = open(snapshot->memory_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (w->fd < 0)
		return complain_error(snapshot->memory_path, errno);
	w->part = part_of(w->fd);
	ret = ftruncate(w->fd, (off_t)w->size) < 0 ? -errno : 0;
	if (!ret)
		ret = write_sparse(w);
	if (close(w->fd) < 0 && ret >= 0)
		ret = -errno;
	if (ret < 0)
		return complain_error(snapshot->memory_path, (int)ret);
	snapshot->memory_data = (uint64_t)ret;
	return 0;
}

int snapshot_write_state(const struct snapshot *snapshot)
{
	struct header header = {
		.magic = MAGIC,
		.version = SNAPSHOT_VERSION,
		.cpu_size = snapshot->cpu.size,
		.memory_size = snapshot->memory_size,
		.seed = snapshot->pattern.seed,
		.generation = snapshot->pattern.generation,
		.program = snapshot->pattern.program,
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

int snapshot_write(struct snapshot *snapshot, const void *memory, snapshot_keep_fn keep, void *user)
{
	struct writing writing = {
		.memory = memory, .size = snapshot->memory_size, .keep = keep, .user = user};

	/* The state comes last: half a snapshot has none. */
	unlink(snapshot->state_path);
	if (write_memory(snapshot, &writing) < 0 || snapshot_write_state(snapshot) < 0) {
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
	    header->memory_size > INT64_MAX || header->cpu_kind[sizeof(header->cpu_kind) - 1] ||
	    header->program > PROGRAM_COUNT || header->reserved)
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
	snapshot->pattern.seed = file.header.seed;
	snapshot->pattern.generation = file.header.generation;
	snapshot->pattern.program = file.header.program;
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

int snapshot_load(struct snapshot *snapshot)
{
	return read_state(snapshot) < 0 || check_memory(snapshot) < 0 ? -1 : 0;
}
