/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file system without room for the snapshot fails it with ENOSPC. All who wait go on, no write is
 * lost, and when there is room the next one is whole.
 */
#include "../support/place.h"
#include "out.h"
#include "snap.h"

#define PAGES   2048u
#define WRITERS 8u

struct writer {
	pthread_t thread;
	struct served *s;
	size_t first;
};

static void *write_all(void *arg)
{
	struct writer *w = arg;

	for (size_t n = w->first; n < PAGES; n += WRITERS)
		memset(served_page(w->s, n), (int)(n % 100 + 1), 4096);
	return NULL;
}

static void take_while_they_write(struct served *s, int fd, int expected)
{
	struct writer w[WRITERS];
	struct uffd_snapshot *snapshot;

	snapshot =
		snap_begin(s->region, fd, (struct uffd_snapshot_opts){.buffer_bytes = SNAP_LEAST});
	for (size_t i = 0; i < WRITERS; i++) {
		w[i] = (struct writer){.s = s, .first = i};
		ck_assert_int_eq(pthread_create(&w[i].thread, NULL, write_all, &w[i]), 0);
	}
	ck_assert_int_eq(snap_end(snapshot), expected);
	for (size_t i = 0; i < WRITERS; i++)
		pthread_join(w[i].thread, NULL);
	for (size_t n = 0; n < PAGES; n++)
		ck_assert_uint_eq(served_page(s, n)[4095], n % 100 + 1);
}

static void full_disk_fails_it(void)
{
	const char *const options[] = {"size", "4m", NULL};
	struct served s;
	struct place p;
	int fd;

	place_make_on(&p, "tmpfs", options);
	snap_serve_anon(&s, PAGES);
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n % 255 + 1));
	fd = open(p.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	take_while_they_write(&s, fd, -ENOSPC);
	take_while_they_write(&s, fd, -ENOSPC);
	/* Now half of it is zeros. */
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(&s, n, n % 4 ? 0 : 9);
	take_while_they_write(&s, fd, 0);
	snap_file_is(&s, fd, 0, "when there was room");
	close(fd);
	serve_end(&s);
	place_end(&p);
}

TEST_MAIN(full_disk_fails_it)
