/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Threads write while a source brings the content, for them, for a prefetch and on demand, and
 * while pages are thrown away: every change is reported, that by a discard as well as that by a
 * write.
 */
#include "lost.h"

#define PAGES 1024u

static struct tracked t;
static struct lost l;
static struct lost_writers w;
static bool events;
static _Atomic int wrong;

static void *throws_away(void *arg)
{
	int advice = t.s.m.fd >= 0 ? MADV_REMOVE : MADV_DONTNEED;
	const struct timespec pause = {.tv_nsec = 100000}; /* for others to have a turn */
	uint64_t seed = 77;

	(void)arg;
	for (; !atomic_load(&w.over); nanosleep(&pause, NULL)) {
		size_t page = random_below(&seed, PAGES - 16), n = 1 + random_below(&seed, 16);
		size_t length = n * t.s.m.page;

		if (!events && uffd_discard(t.s.region, page * t.s.m.page, length))
			atomic_fetch_add(&wrong, 1);
		if (madvise(served_page(&t.s, page), length, advice))
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void *asks(void *arg)
{
	uint64_t seed = 99;

	(void)arg;
	while (!atomic_load(&w.over)) {
		struct uffd_range range = {random_below(&seed, PAGES - 128) * t.s.m.page,
					   128 * t.s.m.page};
		struct uffd_prefetch_opts opts = {
			.size = sizeof(opts), .ranges = &range, .range_count = 1};
		struct uffd_prefetch *prefetch;

		if (uffd_prefetch_start(&prefetch, t.s.region, &opts) ||
		    uffd_prefetch_wait(prefetch, NULL))
			atomic_fetch_add(&wrong, 1);
		uffd_prefetch_close(prefetch);
		if (uffd_demand(t.s.region, random_below(&seed, PAGES - 8) * t.s.m.page,
				8 * t.s.m.page, NULL))
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void serve_round(uint32_t method, uint32_t backing, uint32_t modes, uint32_t install)
{
	struct uffd_region_opts opts = {.install = install};
	struct track_kind kind = {"from a source", backing, modes};

	if (install == LIBUFFD_INSTALL_ALIAS)
		opts.flags = LIBUFFD_REGION_ALIAS;
	memset(&t, 0, sizeof(t));
	t.method = method;
	snprintf(t.name, sizeof(t.name), "%s, backing %u, install %u%s", track_method_name(method),
		 backing, install, events ? ", events" : "");
	test_memory_make(&t.s.m, kind.backing, PAGES);
	t.s.content = content_make(t.s.m.length);
	ck_assert_int_eq(uffd_source_open_memory(&opts.source, t.s.content, t.s.m.length), 0);
	t.s.ctx = serve_ctx_flags(track_features(method) | (events ? UFFD_FEATURE_EVENT_REMOVE : 0),
				  events ? 0 : LIBUFFD_CTX_DISCARDS);
	t.s.region = serve_region(&t.s, &t.s.m, modes | LIBUFFD_WP, opts);
	uffd_source_close(opts.source);
	t.s.loop = serve_start(t.s.ctx, NULL);
}

static void written(uint32_t method, uint32_t backing, uint32_t modes, uint32_t install,
		    uint64_t until)
{
	pthread_t threads[2];

	serve_round(method, backing, modes, install);
	track_start(&t);
	lost_begin(&l, &t, t.s.content);
	lost_writers_start(&w, &t, 2);
	ck_assert_int_eq(pthread_create(&threads[0], NULL, throws_away, NULL), 0);
	ck_assert_int_eq(pthread_create(&threads[1], NULL, asks, NULL), 0);
	do {
		lost_pass(&l);
	} while (test_now() < until);
	lost_writers_stop(&w);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	lost_pass(&l); /* what was announced is reported twice */
	lost_end(&l);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	track_end(&t);
}

static void while_content_comes(void)
{
	const uint32_t both = LIBUFFD_MISSING | LIBUFFD_MINOR;
	uint64_t each = (track_until() - test_now()) / 16;

	for (int i = 0; i < 2; i++) {
		events = i;
		for (uint32_t method = LIBUFFD_DIRTY_ASYNC; method <= LIBUFFD_DIRTY_SYNC;
		     method++) {
			written(method, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, LIBUFFD_INSTALL_MOVE,
				test_now() + each);
			written(method, LIBUFFD_BACKING_SHMEM, both, LIBUFFD_INSTALL_AUTO,
				test_now() + each);
			written(method, LIBUFFD_BACKING_SHMEM, both, LIBUFFD_INSTALL_ALIAS,
				test_now() + each);
			written(method, LIBUFFD_BACKING_SHMEM, both, LIBUFFD_INSTALL_POPULATE,
				test_now() + each);
		}
	}
}

TEST_MAIN(while_content_comes)
