/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what snapshot_file.h says. Must never: leave a file open. */
#include "snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "content.h"
#include "say.h"

static int write_frame(int fd, uint64_t frame)
{
	uint64_t words[FRAME_WORDS], base = content_snapshot_base(frame);
	ssize_t done;

	if (content_is_hole(frame))
		return 0;
	for (unsigned int i = 0; i < FRAME_WORDS; i++)
		words[i] = content_word(base, i);
	done = pwrite(fd, words, sizeof(words), (off_t)(frame << FRAME_SHIFT));
	if (done == (ssize_t)sizeof(words))
		return 0;
	return done < 0 ? -errno : -ENOSPC;
}

int snapshot_file_make(const char *path, uint64_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), ret = 0;

	if (fd < 0)
		return complain(path, errno);
	if (ftruncate(fd, (off_t)size) < 0)
		ret = -errno;
	for (uint64_t frame = 0; !ret && frame < size >> FRAME_SHIFT; frame++)
		ret = write_frame(fd, frame);
	if (close(fd) < 0 && !ret)
		ret = -errno;
	return ret ? complain(path, -ret) : 0;
}
