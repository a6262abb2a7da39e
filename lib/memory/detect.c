/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: finding out what is mapped at an address of this process, from /proc/self/maps (by its
 * ioctl on Linux 6.11, by reading it before).
 * Must never: touch the memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "memory/backing.h"

#ifndef PROCMAP_QUERY
struct procmap_query {
	uint64_t size;
	uint64_t query_flags;
	uint64_t query_addr;
	uint64_t vma_start;
	uint64_t vma_end;
	uint64_t vma_flags;
	uint64_t vma_page_size;
	uint64_t vma_offset;
	uint64_t inode;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint32_t vma_name_size;
	uint32_t build_id_size;
	uint64_t vma_name_addr;
	uint64_t build_id_addr;
};
#define PROCMAP_QUERY            _IOWR('f', 17, struct procmap_query)
#define PROCMAP_QUERY_VMA_SHARED 0x08
#endif

#define NAME_SIZE 4096

struct mapping {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	uint64_t inode;
	uint64_t dev;
	uint64_t page_size;
	bool shared;
	char name[NAME_SIZE];
};

/* The mapping that contains address: 0, -ENXIO, -ENOTTY where the kernel lacks the ioctl. */
static int query(int maps, uint64_t address, struct mapping *m)
{
	struct procmap_query q = {
		.size = sizeof(q),
		.query_addr = address,
		.vma_name_size = sizeof(m->name),
		.vma_name_addr = (uint64_t)(uintptr_t)m->name,
	};

	m->name[0] = '\0';
	if (ioctl(maps, PROCMAP_QUERY, &q) < 0)
		return errno == ENOENT ? -ENXIO : -errno;
	m->start = q.vma_start;
	m->end = q.vma_end;
	m->offset = q.vma_offset;
	m->inode = q.inode;
	m->dev = makedev(q.dev_major, q.dev_minor);
	m->page_size = q.vma_page_size;
	m->shared = q.vma_flags & PROCMAP_QUERY_VMA_SHARED;
	return 0;
}

/* The same from the text of /proc/self/smaps, for kernels before 6.11. */
static int scan(uint64_t address, struct mapping *m)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[NAME_SIZE + 128];
	bool inside = false;

	if (!f)
		return -errno;
	m->page_size = 0;
	while (fgets(line, sizeof(line), f)) {
		unsigned long long start, end, offset, inode, kib;
		unsigned int dev_major, dev_minor;
		char perms[8];
		int name = 0;

		if (inside && sscanf(line, "KernelPageSize: %llu kB", &kib) == 1) {
			m->page_size = kib * 1024;
			break;
		}
		if (inside || sscanf(line, "%llx-%llx %7s %llx %x:%x %llu %n", &start, &end, perms,
				     &offset, &dev_major, &dev_minor, &inode, &name) < 7)
			continue;
		if (address < start || address >= end)
			continue;
		inside = true;
		m->start = start;
		m->end = end;
		m->offset = offset;
		m->inode = inode;
		m->dev = makedev(dev_major, dev_minor);
		m->shared = perms[3] == 's';
		line[strcspn(line, "\n")] = '\0';
		snprintf(m->name, sizeof(m->name), "%s", name ? line + name : "");
	}
	fclose(f);
	return m->page_size ? 0 : -ENXIO;
}

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/*
 * Whether a device number is that of a mounted tmpfs. By number, because a name may be another
 * file's by now, or nobody's ("/dev/shm/x (deleted)").
 */
static bool is_tmpfs(uint64_t dev)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[NAME_SIZE];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		unsigned int dev_major, dev_minor;
		const char *type = strstr(line, " - ");

		found = type && sscanf(line, "%*d %*d %u:%u", &dev_major, &dev_minor) == 2 &&
			makedev(dev_major, dev_minor) == dev &&
			(begins(type, " - tmpfs ") || begins(type, " - devtmpfs "));
	}
	if (f)
		fclose(f);
	return found;
}

/* A file mapping: of the kernel's shared memory, or of another file system. */
static bool is_shmem(const struct mapping *m)
{
	/* From the kernel's own mount of it: memfd_create(), shared anonymous memory, System V. */
	if (begins(m->name, "/memfd:") || begins(m->name, "/dev/zero (deleted)") ||
	    begins(m->name, "/SYSV"))
		return true;
	return is_tmpfs(m->dev);
}

static bool is_file(const struct mapping *m, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == m->inode && st.st_dev == m->dev;
}

static bool is_tmpfs_fd(const struct mapping *m, int fd)
{
	struct statfs fs;

	return fd >= 0 && is_file(m, fd) && fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

/* "anon_inode:[kvm-gmem]" on 6.18; the file system of its own that it gets has a root. */
static bool is_guest_memfd(const struct mapping *m)
{
	return begins(m->name, "anon_inode:[kvm-gmem]") || begins(m->name, "/[guest_memfd]") ||
	       begins(m->name, "anon_inode:[guest_memfd]");
}

static int classify(const struct mapping *m, uint32_t guess, int fd, uint32_t *type)
{
	bool told = guess == LIBUFFD_BACKING_SHMEM || guess == LIBUFFD_BACKING_SHMEM_PRIVATE;

	if (m->page_size > (uint64_t)sysconf(_SC_PAGESIZE))
		*type = m->shared ? LIBUFFD_BACKING_HUGETLB : LIBUFFD_BACKING_HUGETLB_PRIVATE;
	else if (m->inode == 0)
		*type = LIBUFFD_BACKING_ANON;
	else if (is_guest_memfd(m))
		*type = LIBUFFD_BACKING_GUEST_MEMFD;
	else if (is_shmem(m) || is_tmpfs_fd(m, fd) || told)
		*type = m->shared ? LIBUFFD_BACKING_SHMEM : LIBUFFD_BACKING_SHMEM_PRIVATE;
	else
		return fd >= 0 && !is_file(m, fd) ? -EBADF : -EOPNOTSUPP;
	return 0;
}

/* The mapping of address, by whichever way this kernel has. */
static int find(int maps, uint64_t address, struct mapping *m)
{
	int ret = maps < 0 ? -ENOTTY : query(maps, address, m);

	return ret < 0 && ret != -ENXIO ? scan(address, m) : ret;
}

int backing_detect(uint64_t start, uint64_t length, int fd, uint32_t *type, uint64_t *page_size,
		   struct mapped_file *file)
{
	int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	uint32_t guess = *type;
	uint64_t at = start;
	int ret = 0;

	while (at < start + length && ret == 0) {
		struct mapped_file here = {0};
		uint32_t type_here = LIBUFFD_BACKING_DETECT;
		struct mapping m;

		ret = find(maps, at, &m);
		if (ret < 0)
			break;
		/* The whole as one mapping would be: neighbours may differ in flags, not in this.
		 */
		here.inode = m.inode;
		here.dev = m.dev;
		here.offset = m.inode ? m.offset + (at - m.start) - (at - start) : 0;
		if (at == start) {
			*page_size = m.page_size;
			*file = here;
			file->hidden = begins(m.name, "/anon_hugepage");
		} else if (m.page_size != *page_size || here.inode != file->inode ||
			   here.dev != file->dev || here.offset != file->offset) {
			ret = -ENXIO;
		}
		if (ret == 0)
			ret = classify(&m, guess, fd, &type_here);
		if (ret == 0 && at > start && type_here != *type)
			ret = -ENXIO;
		*type = type_here;
		at = m.end;
	}
	if (maps >= 0)
		close(maps);
	return ret;
}

uint64_t backing_mapping_end(uint64_t start, uint64_t end)
{
	/* Without the ioctl (before 6.11) it stays unknown: reading text takes malloc, and the reader of
	   events asks this. */
	int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	struct mapping m;
	int ret = maps < 0 ? -ENOTTY : query(maps, start, &m);

	if (maps >= 0)
		close(maps);
	return ret == 0 && m.end > end ? m.end : end;
}
