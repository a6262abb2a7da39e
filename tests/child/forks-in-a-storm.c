/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Threads that write, throw away and fork, all at once: each child has every byte as it was at its
 * fork, in what its thread alone changes and in what nobody does, while other content is on its
 * way; content from a callback, and from a file.
 */
#include "forked.h"
#include "place.h"

#define THREADS 4u
#define FORKS   12u /* of each */
#define EACH    32u /* pages of a thread; as many at the end are nobody's */
#define PAGES   ((THREADS + 1) * EACH)

static struct served s;
static struct forked_queue q;
static _Atomic int wrong;

/* What a thread has made of its pages: 0 nothing, 1 zeros, otherwise the byte that it wrote. */
struct mine {
	unsigned int thread;
	uint8_t made[EACH];
};

static bool is_right(size_t page, uint8_t made)
{
	const uint8_t *at = served_page(&s, page);

	if (made <= 1)
		return made ? all_zero(at, s.m.page) : content_is(at, page * s.m.page, s.m.page);
	for (size_t i = 0; i < s.m.page; i++)
		if (at[i] != made)
			return false;
	return true;
}

static int child(const struct mine *m)
{
	for (size_t i = 0; i < EACH; i++)
		if (!is_right(m->thread * EACH + i, m->made[i]))
			return 1;
	for (size_t i = 0; i < EACH; i++)
		if (!is_right(THREADS * EACH + i, 0))
			return 2;
	return 0;
}

static void change(struct mine *m, unsigned int n)
{
	for (unsigned int k = 0; k < 6; k++) {
		unsigned int i = (n * 7 + k * 5 + m->thread) % EACH;
		uint8_t *at = served_page(&s, m->thread * EACH + i);

		if (k % 3 == 0) {
			madvise(at, s.m.page, MADV_DONTNEED);
			m->made[i] = 1;
		} else {
			m->made[i] = (uint8_t)(2 + n * 6 + k);
			memset(at, m->made[i], s.m.page);
		}
	}
}

static void *forks(void *arg)
{
	struct mine *m = arg;

	for (unsigned int n = 0; n < FORKS; n++) {
		pid_t pid;
		int status;

		change(m, n);
		pid = fork();
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(child(m));
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void storm(struct uffd_source *source)
{
	struct uffd_loop_opts opts = forked_loop_opts(&q);
	static struct adopted adopted[THREADS * FORKS];
	static struct mine mine[THREADS];
	pthread_t threads[THREADS];

	memset(&q, 0, sizeof(q));
	memset(mine, 0, sizeof(mine));
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMOVE,
	      LIBUFFD_MISSING, (struct uffd_region_opts){.fault_around = 8192, .source = source});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, &opts);
	for (unsigned int k = 0; k < THREADS; k++) {
		mine[k].thread = k;
		ck_assert_int_eq(pthread_create(&threads[k], NULL, forks, &mine[k]), 0);
	}
	/* In this thread, which serves nobody: to adopt takes memory, whose locks a fork may hold. */
	for (unsigned int n = 0; n < THREADS * FORKS; n++)
		adopt_child(&adopted[n], forked_next(&q), &q);
	for (unsigned int k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	for (unsigned int k = 0; k < THREADS; k++)
		ck_assert_int_eq(child(&mine[k]), 0);
	for (unsigned int n = 0; n < THREADS * FORKS; n++)
		adopted_end(&adopted[n]);
	/* Each child is gone, and some of them with what they were just being brought. */
	if (atomic_load(&s.error) == -ESRCH)
		atomic_store(&s.error, 0);
	serve_end(&s);
}

static struct uffd_source *file_source(struct place *p)
{
	size_t length = PAGES * (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *content = content_make(length);
	struct uffd_source *source = NULL;
	int fd;

	place_make(p);
	fd = open(p->path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, content, length), (ssize_t)length);
	close(fd);
	munmap(content, length);
	ck_assert_int_eq(uffd_source_open_file(&source, p->path, NULL), 0);
	return source;
}

static void forks_in_a_storm(void)
{
	struct place p;

	storm(NULL);
	storm(file_source(&p));
	place_end(&p);
}

TEST_MAIN(forks_in_a_storm)
