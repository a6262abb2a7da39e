/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The program forks while snapshots of its memory are taken, and children write to their copies:
 * each snapshot is of one instant, and of the parent's memory.
 */
#include <sys/wait.h>

#include "walk.h"

#define PAGES 300u

static struct served s;
static _Atomic bool ending;
static _Atomic unsigned int wrong;

/* The child's copy is not protected: nobody would answer. */
static void child(void)
{
	for (size_t k = 0; k < PAGES; k++)
		*(volatile uint64_t *)(void *)served_page(&s, k) = UINT64_MAX;
	_exit(0);
}

static void *fork_on(void *arg)
{
	(void)arg;
	while (!atomic_load(&ending)) {
		int status = 1;
		pid_t pid = fork();

		if (pid == 0)
			child();
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void forks_go_on_meanwhile(void)
{
	uint64_t until = test_now() + snap_seconds() * UINT64_C(500000000);
	static struct walk w;
	int fd = snap_file();
	uint32_t seed = 1;
	pthread_t forker;

	snap_serve_anon(&s, PAGES);
	walk_make(&w, 2 * PAGES);
	walk_add(&w, &s, 0, 1, 0);
	walk_start(&w);
	ck_assert_int_eq(pthread_create(&forker, NULL, fork_on, NULL), 0);
	while (test_now() < until) {
		struct uffd_snapshot *snapshot;

		snapshot = snap_start(s.region, fd, (struct uffd_snapshot_opts){0});
		walk_dither(&seed);
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
		ck_assert_int_eq(snap_end(snapshot), 0);
		walk_is_of_an_instant(&w, fd, NULL, "forks");
	}
	atomic_store(&ending, true);
	pthread_join(forker, NULL);
	ck_assert_uint_eq(atomic_load(&wrong), 0);
	walk_end(&w);
	close(fd);
	serve_end(&s);
}

TEST_MAIN(forks_go_on_meanwhile)
