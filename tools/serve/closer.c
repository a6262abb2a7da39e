/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See closer.h. */
#include "serve/closer.h"

#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_THREADS 64
#define MOST_WAITING 64
#define STACK_SIZE   (128 * 1024)

struct job {
	void (*end)(void *what);
	void *what;
};

static struct {
	pthread_mutex_t lock;
	unsigned int threads;
	struct job *jobs; /* the oldest first */
	size_t count;
	size_t room;
} closer = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* False: there is nothing, and the thread is no longer counted. */
static bool take(struct job *job)
{
	bool any;

	pthread_mutex_lock(&closer.lock);
	any = closer.count > 0;
	if (any) {
		*job = closer.jobs[0];
		closer.count--;
		memmove(closer.jobs, closer.jobs + 1, closer.count * sizeof(*job));
	} else {
		closer.threads--;
	}
	pthread_mutex_unlock(&closer.lock);
	return any;
}

static void *work(void *nothing)
{
	struct job job;

	while (take(&job))
		job.end(job.what);
	return nothing;
}

/* With the lock held. Where there can be no more threads the jobs wait for those that there are. */
static void start_thread(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	if (closer.threads == MOST_THREADS || pthread_attr_init(&attr) != 0)
		return;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	if (pthread_create(&thread, &attr, work, NULL) == 0)
		closer.threads++;
	pthread_attr_destroy(&attr);
}

static bool make_room(void)
{
	size_t room = closer.room ? closer.room * 2 : MOST_WAITING;
	struct job *jobs;

	if (closer.count < closer.room)
		return true;
	jobs = realloc(closer.jobs, room * sizeof(*jobs));
	if (!jobs)
		return false;
	closer.jobs = jobs;
	closer.room = room;
	return true;
}

void closer_end(void (*end)(void *what), void *what)
{
	pthread_mutex_lock(&closer.lock);
	/* Without memory it stays open until the process ends. */
	if (make_room()) {
		closer.jobs[closer.count++] = (struct job){end, what};
		start_thread();
	}
	pthread_mutex_unlock(&closer.lock);
}

bool closer_has_room(void)
{
	bool room;

	pthread_mutex_lock(&closer.lock);
	/* They may wait because there was no thread to be had. */
	if (closer.count)
		start_thread();
	room = closer.count < MOST_WAITING;
	pthread_mutex_unlock(&closer.lock);
	return room;
}

static void close_fd(void *fd)
{
	close((int)(intptr_t)fd);
}

/* As the kernel names it; what has a path begins with a slash there. */
static bool is_userfaultfd(int fd)
{
	char path[64], name[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, name, sizeof(name) - 1);
	if (length < 0)
		return false;
	name[length] = '\0';
	return !strcmp(name, "anon_inode:[userfaultfd]");
}

/* What such a socket has not sent yet is thrown away instead of waited for. */
static void forbid_lingering(int fd)
{
	const struct linger abort = {.l_onoff = 1, .l_linger = 0};
	int domain;
	socklen_t size = sizeof(domain);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
}

void closer_close(int fd)
{
	if (fd < 0)
		return;
	if (is_userfaultfd(fd)) {
		close(fd);
		return;
	}
	forbid_lingering(fd);
	closer_end(close_fd, (void *)(intptr_t)fd);
}
