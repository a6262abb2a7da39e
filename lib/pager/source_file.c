/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a source from a file: which descriptor reads what, and where its holes are. The pager reads
 * on the loop's ring where it can; read_file() is for every other thread.
 * Must never: take a short read for content.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "pager/extent_map.h"
#include "pager/source.h"
#include "util/options.h"

/* What every file system and device takes that has O_DIRECT at all, but for a few that want less. */
#define DIRECT_ALIGNMENT 4096u

struct file {
	int fd;
	int direct_fd; /* -1: read through the page cache */
	uint64_t length;
	struct extent_map map;
};

static struct file_choice choose(void *user, const void *to, uint64_t length, uint64_t offset)
{
	const struct file *f = user;
	bool aligned = (((uintptr_t)to | length | offset) & (DIRECT_ALIGNMENT - 1)) == 0;

	if (f->direct_fd >= 0 && aligned)
		return (struct file_choice){f->direct_fd, true};
	return (struct file_choice){f->fd, false};
}

static ssize_t read_some(const struct file *f, uint8_t *to, uint64_t length, uint64_t offset)
{
	struct file_choice c = choose((void *)(uintptr_t)f, to, length, offset);
	ssize_t n = pread(c.fd, to, (size_t)length, (off_t)offset);

	if (n < 0 && errno == EINVAL && c.direct)
		n = pread(f->fd, to, (size_t)length, (off_t)offset);
	return n;
}

static int64_t read_file(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	const struct file *f = user;
	uint64_t done = 0;

	while (done < length) {
		ssize_t n = read_some(f, (uint8_t *)buffer + done, length - done, offset + done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break; /* it has shrunk: the caller takes less than asked for an error */
		done += (uint64_t)n;
	}
	return (int64_t)done;
}

static int64_t map_file(void *user, uint64_t offset, uint64_t length, int *zero)
{
	struct file *f = user;

	return extent_map_ask(&f->map, f->fd, f->length, offset, length, zero);
}

static void free_file(void *user)
{
	struct file *f = user;

	close(f->fd);
	if (f->direct_fd >= 0)
		close(f->direct_fd);
	free(f);
}

/* By /proc: a descriptor of its own, whose O_DIRECT is nobody else's. */
static int open_direct(struct file *f)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", f->fd);
	f->direct_fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECT);
	return f->direct_fd < 0 ? -errno : 0;
}

static int measure(struct file *f, struct stat *st)
{
	if (fstat(f->fd, st) < 0)
		return -errno;
	if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode))
		return -EINVAL;
	f->length = (uint64_t)st->st_size;
	if (S_ISBLK(st->st_mode) && ioctl(f->fd, BLKGETSIZE64, &f->length) < 0)
		return -errno;
	extent_map_init(&f->map, S_ISREG(st->st_mode));
	return f->length ? 0 : -EINVAL;
}

/* A file that was modified is another content; one that was only copied or moved, with its time, is not.
 */
static void identify(struct uffd_source *s, const struct stat *st)
{
	uint64_t words[2] = {
		(uint64_t)st->st_size,
		(uint64_t)st->st_mtim.tv_sec * UINT64_C(1000000000) + (uint64_t)st->st_mtim.tv_nsec,
	};

	for (unsigned int i = 0; i < sizeof(s->id); i++)
		s->id[i] = (uint8_t)(words[i / 8] >> 8 * (i % 8));
}

/* tmpfs, memfd and their like: what they have is there as fast as it can be asked for. */
static bool in_memory(int fd, const struct stat *st)
{
	struct statfs fs;

	/* A device's file system is where its name is: devtmpfs. */
	if (!S_ISREG(st->st_mode) || fstatfs(fd, &fs) < 0)
		return false;
	return fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC || fs.f_type == HUGETLBFS_MAGIC;
}

/*
 * Whether a read may be asked not to wait, which is what a ring relies on: one of a file that
 * cannot (FUSE, NFS, 9p) is made within io_uring_enter(), or by a worker, and FUSE answers one that
 * comes in parts with its first part over and over (seen on 6.18).
 */
static bool blocks(int fd)
{
	char byte;
	struct iovec iov = {&byte, 1};

	return preadv2(fd, &iov, 1, 0, RWF_NOWAIT) < 0 && errno == EOPNOTSUPP;
}

/* fd becomes the source's, or is closed. */
static int make(struct uffd_source **out, int fd, uint32_t flags)
{
	const struct uffd_source_ops ops = {
		.size = sizeof(ops), .read = read_file, .map = map_file, .free = free_file};
	struct file *f = calloc(1, sizeof(*f));
	struct stat st;
	int ret;

	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	f->fd = fd;
	f->direct_fd = -1;
	/* It was for opening only: io_uring takes a file that has it for one that never waits. */
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	ret = measure(f, &st);
	if (ret == 0 && flags & LIBUFFD_SOURCE_DIRECT)
		ret = open_direct(f);
	if (ret < 0) {
		free_file(f);
		return ret;
	}
	ret = source_make(out, f->length, &ops, f);
	if (ret == 0) {
		if (flags & LIBUFFD_SOURCE_DIRECT || !in_memory(fd, &st))
			(*out)->choose = choose;
		(*out)->blocks = blocks(f->direct_fd >= 0 ? f->direct_fd : fd);
		identify(*out, &st);
	}
	return ret;
}

static int check(struct uffd_source **out, const struct uffd_source_file_opts *opts,
		 uint32_t *flags)
{
	struct uffd_source_file_opts o = {.size = sizeof(o)};
	int ret = options_take(&o, sizeof(o), sizeof(o), opts);

	if (ret < 0)
		return ret;
	*flags = o.flags;
	return !out || o.flags & ~LIBUFFD_SOURCE_DIRECT || o.reserved ? -EINVAL : 0;
}

/* The pager knows what will be wanted; guesses of the kernel would only be read for nothing. */
static int advise(int fd)
{
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	return fd;
}

int uffd_source_open_file(struct uffd_source **out, const char *path,
			  const struct uffd_source_file_opts *opts)
{
	uint32_t flags;
	int ret = check(out, opts, &flags), fd;

	if (ret < 0)
		return ret;
	if (!path)
		return -EINVAL;
	/* Not to wait for a FIFO's writer before it can be refused. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : make(out, advise(fd), flags);
}

/* The caller's open file is left as it is, offset and advice: the source opens the file once more. */
static int open_again(int fd)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (again >= 0)
		return advise(again);
	/* No /proc, or a file that this process may not open by itself. Of O_DIRECT it would stay. */
	if (fcntl(fd, F_GETFL) & O_DIRECT)
		return -errno;
	again = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return again < 0 ? -errno : again;
}

int uffd_source_open_fd(struct uffd_source **out, int fd, const struct uffd_source_file_opts *opts)
{
	uint32_t flags;
	int ret = check(out, opts, &flags), again, mode;

	if (ret < 0)
		return ret;
	mode = fcntl(fd, F_GETFL);
	if (mode < 0 || mode & O_PATH || (mode & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	again = open_again(fd);
	return again < 0 ? again : make(out, again, flags);
}
