/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The process forks while its threads fault: each child's descriptor is handed to the callback, no
 * fault of the parent is lost.
 */
#include "serve.h"

#include <sys/wait.h>

#define PAGES 1024u
#define FORKS 25u

static struct served s;
static _Atomic uint32_t forks;
static _Atomic int wrong;

static void on_event(struct uffd_ctx *ctx, const struct uffd_event *event, void *user)
{
	(void)ctx;
	(void)user;
	if (event->kind != LIBUFFD_EVENT_FORK || event->fd < 0 || close(event->fd) < 0)
		atomic_fetch_add(&wrong, 1);
	atomic_fetch_add(&forks, 1);
}

static void *touches(void *arg)
{
	size_t step = 2 * (size_t)(uintptr_t)arg + 3;

	for (size_t i = 0; i < PAGES; i++) {
		size_t at = i * step % PAGES * s.m.page;

		if (((volatile uint8_t *)s.m.at)[at] != s.content[at])
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void forks_race_with_faults(void)
{
	struct uffd_loop_opts opts = serve_loop_opts();
	pthread_t threads[3];

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_FORK, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = 4096});
	opts.event = on_event;
	s.loop = serve_start(s.ctx, &opts);
	for (size_t k = 0; k < 3; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, touches, (void *)k), 0);
	for (uint32_t n = 0; n < FORKS; n++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		ck_assert_int_gt(pid, 0);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	}
	for (size_t k = 0; k < 3; k++)
		pthread_join(threads[k], NULL);
	WAIT_UNTIL(atomic_load(&forks) == FORKS);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	serve_end(&s);
}

TEST_MAIN(forks_race_with_faults)
