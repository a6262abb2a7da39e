/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See content.h. */
#include "serve/content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int wrong(const char *path, const char *why)
{
	fprintf(stderr, "uffd-serve: %s: %s\n", path, why);
	return -1;
}

/* FNV-1a. */
static void identify(struct content *content, const struct stat *st)
{
	const uint64_t words[] = {
		(uint64_t)st->st_dev,         (uint64_t)st->st_ino,          (uint64_t)st->st_size,
		(uint64_t)st->st_mtim.tv_sec, (uint64_t)st->st_mtim.tv_nsec,
	};
	const unsigned char *byte = (const unsigned char *)words;

	for (size_t i = 0; i < sizeof(words); i++)
		content->identity = (content->identity ^ byte[i]) * UINT64_C(0x100000001b3);
}

static const char *why_not(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return "is a directory";
	if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode))
		return "is not a regular file or block device";
	if (S_ISREG(st->st_mode) && st->st_size == 0)
		return "is empty";
	return NULL;
}

static int open_source(struct uffd_source **source, const char *path, int fd, bool direct)
{
	struct uffd_source_file_opts opts = {
		.size = sizeof(opts),
		.flags = direct ? LIBUFFD_SOURCE_DIRECT : 0,
	};
	int ret = uffd_source_open_fd(source, fd, &opts);

	if (ret == -EINVAL)
		return wrong(path, direct ? "there is no O_DIRECT" : "cannot be read from");
	return ret < 0 ? wrong(path, strerror(-ret)) : 0;
}

static int open_file(struct content *content, const char *path, bool direct,
		     struct uffd_source **source)
{
	/* A FIFO would make the open wait. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), ret;
	struct stat st;

	if (fd < 0)
		return wrong(path, strerror(errno));
	if (fstat(fd, &st) < 0)
		ret = wrong(path, strerror(errno));
	else if (why_not(&st))
		ret = wrong(path, why_not(&st));
	else
		ret = open_source(source, path, fd, direct);
	if (ret == 0)
		identify(content, &st);
	close(fd);
	return ret;
}

static int open_all(struct content *content, const struct options *o, struct uffd_source **files,
		    size_t *opened)
{
	int ret = open_file(content, o->memory, o->direct, &files[0]);

	if (ret < 0)
		return ret;
	for (*opened = 1; *opened <= o->layer_count; ++*opened) {
		const char *path = o->layers[*opened - 1];

		if (open_file(content, path, o->direct, &files[*opened]) < 0)
			return -1;
		if (uffd_source_length(files[*opened]) > uffd_source_length(files[0])) {
			uffd_source_close(files[*opened]);
			return wrong(path, "is longer than the memory file");
		}
	}
	return 0;
}

int content_open(struct content *content, const struct options *o)
{
	struct uffd_source *files[LIBUFFD_LAYERS_MAX];
	size_t opened = 0;
	int ret;

	*content = (struct content){.identity = UINT64_C(0xcbf29ce484222325)};
	ret = open_all(content, o, files, &opened);
	if (ret == 0 && opened == 1) {
		content->source = files[0];
	} else if (ret == 0) {
		ret = uffd_source_open_layers(&content->source, files, opened);
		if (ret < 0)
			ret = wrong("--layers", strerror(-ret));
	}
	/* The layers keep what they are made of. */
	for (size_t i = 0; i < opened && content->source != files[0]; i++)
		uffd_source_close(files[i]);
	content->length = uffd_source_length(content->source);
	return ret;
}

void content_close(struct content *content)
{
	uffd_source_close(content->source);
	content->source = NULL;
}
