/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: uffd-wset draw: where the picture goes.
 * Must never: leave half a picture, or a temporary file; replace what is no regular file.
 */
#include "wset.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <draw.h>

#define TRIES 100

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static int draw_to(FILE *out, const struct wset *w)
{
	return draw_trace(out, base_name(w->path), &w->info, w->entries, w->info.entries);
}

/* Draws and closes. */
static int draw_file(FILE *out, const struct wset *w)
{
	int ret = draw_to(out, w);

	if (fclose(out) != 0 && ret == 0)
		ret = -errno;
	return ret;
}

/* A new file in the directory of path; *name is to be freed. A descriptor, or -errno. */
static int open_beside(const char *path, char **name)
{
	int directory = (int)(base_name(path) - path);

	for (int i = 0; i < TRIES; i++) {
		int fd;

		if (asprintf(name, "%.*s.uffd-wset-%d-%d", directory, path, (int)getpid(), i) < 0) {
			*name = NULL;
			return -ENOMEM;
		}
		fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0)
			return fd;
		free(*name);
		*name = NULL;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

static int draw_replacing(const char *path, const struct wset *w)
{
	char *name;
	int fd = open_beside(path, &name);
	FILE *out;
	int ret;

	if (fd < 0)
		return fd;
	out = fdopen(fd, "w");
	if (out) {
		ret = draw_file(out, w);
	} else {
		ret = -errno;
		close(fd);
	}
	if (ret == 0 && rename(name, path) < 0)
		ret = -errno;
	if (ret < 0)
		unlink(name);
	free(name);
	return ret;
}

/* A signal that comes meanwhile ends the program when nothing of it is left behind. */
static int draw_undisturbed(const char *path, const struct wset *w)
{
	sigset_t signals, before;
	int ret;

	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGQUIT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, &before);
	ret = draw_replacing(path, w);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

static int draw_in_place(const char *path, const struct wset *w)
{
	FILE *out = fopen(path, "we");

	return out ? draw_file(out, w) : -errno;
}

int wset_draw(const char *path, const char *output)
{
	const char *to = output ? output : "standard output";
	struct stat st;
	struct wset w;
	int ret = wset_load(&w, path);

	if (ret != EXIT_OK)
		return ret;
	if (!output)
		ret = draw_to(stdout, &w);
	else if (lstat(output, &st) == 0 && !S_ISREG(st.st_mode))
		ret = draw_in_place(output, &w);
	else
		ret = draw_undisturbed(output, &w);
	wset_free(&w);
	return ret < 0 ? wset_failed(to, strerror(-ret)) : EXIT_OK;
}
