/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a source from a file: pread(2), and lseek(2) for its holes.
 * Must never: take a short read for content.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pager/source.h"
#include "util/options.h"

struct file {
	int fd;
	uint64_t length;
	bool regular;
};

static int64_t read_file(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	const struct file *f = user;
	uint64_t done = 0;

	while (done < length) {
		ssize_t n = pread(f->fd, (uint8_t *)buffer + done, (size_t)(length - done),
				  (off_t)(offset + done));

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
	const struct file *f = user;
	off_t data, hole;

	*zero = 0;
	if (!f->regular)
		return (int64_t)length;
	data = lseek(f->fd, (off_t)offset, SEEK_DATA);
	if (data < 0 && errno != ENXIO)
		return (int64_t)length; /* a file system that does not tell: read */
	if (data < 0) {
		/*
		 * No data up to the end: a hole, as long as the file still has the length it was
		 * opened with. The tail that a truncation cut off is not zeros but lost.
		 */
		struct stat st;

		if (fstat(f->fd, &st) < 0)
			return -errno;
		*zero = (uint64_t)st.st_size >= f->length;
		return (int64_t)length;
	}
	if ((uint64_t)data > offset) {
		*zero = 1;
		return (int64_t)((uint64_t)data - offset < length ? (uint64_t)data - offset
								  : length);
	}
	hole = lseek(f->fd, (off_t)offset, SEEK_HOLE);
	if (hole < 0 || (uint64_t)hole - offset > length)
		return (int64_t)length;
	return (int64_t)((uint64_t)hole > offset ? (uint64_t)hole - offset : length);
}

static void free_file(void *user)
{
	struct file *f = user;

	close(f->fd);
	free(f);
}

/* fd becomes the source's, or is closed. */
static int make(struct uffd_source **out, int fd)
{
	const struct uffd_source_ops ops = {
		.size = sizeof(ops), .read = read_file, .map = map_file, .free = free_file};
	struct file *f = NULL;
	struct stat st;
	int ret = 0;

	if (fstat(fd, &st) < 0)
		ret = -errno;
	else if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		ret = -EINVAL;
	else if (!(f = calloc(1, sizeof(*f))))
		ret = -ENOMEM;
	if (ret == 0) {
		f->fd = fd;
		f->regular = S_ISREG(st.st_mode);
		f->length = (uint64_t)st.st_size;
		if (!f->regular && ioctl(fd, BLKGETSIZE64, &f->length) < 0)
			ret = -errno;
		else if (!f->length)
			ret = -EINVAL;
	}
	if (ret < 0) {
		free(f);
		close(fd);
		return ret;
	}
	return source_make(out, f->length, &ops, f, NULL);
}

static int check(struct uffd_source **out, const struct uffd_source_file_opts *opts)
{
	struct uffd_source_file_opts o = {.size = sizeof(o)};
	int ret = options_take(&o, sizeof(o), sizeof(o), opts);

	if (ret < 0)
		return ret;
	return !out || o.flags || o.reserved ? -EINVAL : 0;
}

int uffd_source_open_file(struct uffd_source **out, const char *path,
			  const struct uffd_source_file_opts *opts)
{
	int ret = check(out, opts), fd;

	if (ret < 0)
		return ret;
	if (!path)
		return -EINVAL;
	/* Not to wait for a FIFO's writer before it can be refused. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : make(out, fd);
}

int uffd_source_open_fd(struct uffd_source **out, int fd, const struct uffd_source_file_opts *opts)
{
	int ret = check(out, opts), copy, flags;

	if (ret < 0)
		return ret;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || flags & O_PATH || (flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return copy < 0 ? -errno : make(out, copy);
}
