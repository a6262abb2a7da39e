/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What was asked for first is brought first, so that the replay runs ahead of the program; and,
 * batch by batch, in the order of addresses, so that it reads forward.
 */
#include "wsets.h"

#define WINDOW  (UINT64_C(64) << 10)
#define WINDOWS 512u
#define LENGTH  (WINDOWS * WINDOW)

static struct counted c;
static uint64_t order[WINDOWS]; /* windows, as they are read */
static unsigned int place_of[WINDOWS];
static _Atomic unsigned int reads;

static int64_t noted_read(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	unsigned int i = atomic_fetch_add(&reads, 1);

	if (i < WINDOWS)
		order[i] = offset / WINDOW;
	memset(buffer, 1, length);
	(void)user;
	return (int64_t)length;
}

/* The i-th that is asked for: all over the region. */
static uint64_t asked(unsigned int i)
{
	return i * UINT64_C(197) % WINDOWS;
}

static void make(struct served *s, struct uffd_source *source)
{
	memset(s, 0, sizeof(*s));
	test_memory_make(&s->m, LIBUFFD_BACKING_ANON, LENGTH / 4096);
	s->content = mmap(NULL, s->m.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	s->ctx = serve_ctx(0);
	s->region = serve_region(
		s, &s->m, LIBUFFD_MISSING,
		(struct uffd_region_opts){.source = source, .install = LIBUFFD_INSTALL_COPY});
	s->loop = serve_start(s->ctx, NULL);
}

static void in_order(void)
{
	unsigned int back = 0;

	ck_assert_uint_eq(atomic_load(&reads), WINDOWS);
	for (unsigned int i = 0; i < WINDOWS; i++) {
		place_of[order[i]] = i;
		back += i > 0 && order[i] < order[i - 1];
	}
	/* The first eighth is there before the last half is begun. */
	for (unsigned int i = 0; i < WINDOWS / 8; i++)
		for (unsigned int k = WINDOWS / 2; k < WINDOWS; k++)
			if (place_of[asked(i)] > place_of[asked(k)])
				ck_abort_msg("what was asked as the %u-th came after the %u-th", i,
					     k);
	ck_assert_msg(back < 12, "%u steps back", back);
}

static void replay_begins_with_what_was_asked_first(void)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = noted_read};
	struct uffd_prefetch_opts opts = {.size = sizeof(opts), .budget = WINDOW};
	struct uffd_source *source;
	struct uffd_workingset *set;
	struct uffd_prefetch *f;
	struct served s;

	ck_assert_int_eq(uffd_source_open(&source, LENGTH, &ops, &c), 0);
	make(&s, source);
	set = record(&s, 0);
	for (unsigned int i = 0; i < WINDOWS; i++)
		ck_assert_int_eq(uffd_demand(s.region, asked(i) * WINDOW, WINDOW, NULL), 0);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_uint_eq(info_of(set).entries, WINDOWS);
	serve_end(&s);

	make(&s, source);
	uffd_source_close(source);
	atomic_store(&reads, 0);
	/* One in flight: so they are read in the order in which they are begun. */
	opts.workingset = set;
	ck_assert_int_eq(uffd_prefetch_start(&f, s.region, &opts), 0);
	ck_assert_int_eq(prefetch_result(f), 0);
	uffd_prefetch_close(f);
	uffd_workingset_close(set);
	in_order();
	serve_end(&s);
}

TEST_MAIN(replay_begins_with_what_was_asked_first)
