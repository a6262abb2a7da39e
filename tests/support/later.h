/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A source that answers later: it keeps the reads that it was asked for until the test says what
 * becomes of them, and counts what it is asked for. Its content is serve.h's.
 */
#ifndef LATER_H
#define LATER_H

#include "serve.h"

#define LATER_MOST  1024u
#define LATER_PAGE  4096u
#define LATER_PAGES 16384u

/* What submit does with a read: a negative errno refuses it. */
#define LATER_HOLD 0
#define LATER_NOW  1 /* answers it before it returns */

struct later_read {
	struct uffd_read *read;
	uint8_t *to;
	uint64_t offset;
	uint64_t length;
};

struct later {
	struct uffd_source *source;
	uint64_t length;
	int (*decide)(struct later *l, uint64_t offset, uint64_t length); /* NULL: HOLD */

	pthread_mutex_t lock;               /* all below */
	struct later_read held[LATER_MOST]; /* in the order of asking */
	uint32_t count;
	uint64_t bytes; /* of those that are held */
	uint32_t peak;  /* the most that were */
	uint64_t bytes_peak;
	uint32_t asked; /* reads taken, and how many were refused */
	uint32_t refused;
	uint64_t brought;           /* bytes of reads answered with all of theirs */
	uint8_t times[LATER_PAGES]; /* ... that brought a part of this page */

	/* A thread that answers, see later_start(). */
	pthread_t thread;
	_Atomic bool ending;
	bool backwards;
};

/* The first of the reads that are held, from the k-th on, taken away from them. */
static inline bool later_take(struct later *l, uint32_t k, struct later_read *read)
{
	bool has;

	pthread_mutex_lock(&l->lock);
	has = k < l->count;
	if (has) {
		*read = l->held[k];
		l->count--;
		l->bytes -= read->length;
		memmove(&l->held[k], &l->held[k + 1], (l->count - k) * sizeof(*l->held));
	}
	pthread_mutex_unlock(&l->lock);
	return has;
}

static inline void later_bring(struct later *l, const struct later_read *read)
{
	content_write(read->to, read->offset, read->length);
	pthread_mutex_lock(&l->lock);
	l->brought += read->length;
	for (uint64_t at = read->offset; at < read->offset + read->length;
	     at = (at / LATER_PAGE + 1) * LATER_PAGE)
		l->times[at / LATER_PAGE]++;
	pthread_mutex_unlock(&l->lock);
	uffd_read_done(read->read, (int64_t)read->length);
}

/* Answers the k-th of those that are held with its content. False: there is none. */
static inline bool later_answer(struct later *l, uint32_t k)
{
	struct later_read read;

	if (!later_take(l, k, &read))
		return false;
	later_bring(l, &read);
	return true;
}

/* ... with something else. */
static inline bool later_fail(struct later *l, uint32_t k, int64_t result)
{
	struct later_read read;

	if (!later_take(l, k, &read))
		return false;
	uffd_read_done(read.read, result);
	return true;
}

static inline void later_answer_all(struct later *l)
{
	while (later_answer(l, 0))
		;
}

static inline int later_submit(void *user, struct uffd_read *read, void *buffer, uint64_t length,
			       uint64_t offset)
{
	struct later_read new = {read, buffer, offset, length};
	struct later *l = user;
	int what = l->decide ? l->decide(l, offset, length) : LATER_HOLD;

	pthread_mutex_lock(&l->lock);
	if (what >= 0 && (l->count == LATER_MOST || offset + length > l->length || length == 0))
		what = -EIO;
	l->asked += what >= 0;
	l->refused += what < 0;
	if (what == LATER_HOLD) {
		l->held[l->count++] = new;
		l->bytes += length;
		if (l->count > l->peak)
			l->peak = l->count;
		if (l->bytes > l->bytes_peak)
			l->bytes_peak = l->bytes;
	}
	pthread_mutex_unlock(&l->lock);
	if (what == LATER_NOW)
		later_bring(l, &new);
	return what < 0 ? what : 0;
}

/* With a map, or NULL. */
static inline void
later_make_mapped(struct later *l, uint64_t length,
		  int (*decide)(struct later *l, uint64_t offset, uint64_t length),
		  int64_t (*map)(void *user, uint64_t offset, uint64_t length, int *zero))
{
	const struct uffd_source_ops ops = {
		.size = sizeof(ops), .submit = later_submit, .map = map};

	memset(l, 0, sizeof(*l));
	ck_assert_uint_le(length, (uint64_t)LATER_PAGES * LATER_PAGE);
	pthread_mutex_init(&l->lock, NULL);
	l->length = length;
	l->decide = decide;
	ck_assert_int_eq(uffd_source_open(&l->source, length, &ops, l), 0);
}

static inline void later_make(struct later *l, uint64_t length,
			      int (*decide)(struct later *l, uint64_t offset, uint64_t length))
{
	later_make_mapped(l, length, decide, NULL);
}

/* Nothing is under way any more. */
static inline void later_free(struct later *l)
{
	ck_assert_uint_eq(l->count, 0);
	uffd_source_close(l->source);
	pthread_mutex_destroy(&l->lock);
}

/* How many are held. */
static inline uint32_t later_count(struct later *l)
{
	uint32_t n;

	pthread_mutex_lock(&l->lock);
	n = l->count;
	pthread_mutex_unlock(&l->lock);
	return n;
}

/* How many have been taken so far. */
static inline uint32_t later_asked(struct later *l)
{
	uint32_t n;

	pthread_mutex_lock(&l->lock);
	n = l->asked;
	pthread_mutex_unlock(&l->lock);
	return n;
}

static inline uint32_t later_refused(struct later *l)
{
	uint32_t n;

	pthread_mutex_lock(&l->lock);
	n = l->refused;
	pthread_mutex_unlock(&l->lock);
	return n;
}

/* Whether no page has been brought more often than once; of every page, whether it has. */
static inline bool later_none_twice(struct later *l)
{
	bool none = true;

	pthread_mutex_lock(&l->lock);
	for (uint64_t k = 0; k < LATER_PAGES; k++)
		none = none && l->times[k] <= 1;
	pthread_mutex_unlock(&l->lock);
	return none;
}

static inline void *later_main(void *arg)
{
	struct later *l = arg;

	while (!atomic_load(&l->ending)) {
		uint32_t count = later_count(l);

		if (!count || !later_answer(l, l->backwards ? count - 1 : 0))
			sched_yield();
	}
	later_answer_all(l);
	return NULL;
}

/* A thread that answers whatever is held, one after the other. */
static inline void later_start(struct later *l, bool backwards)
{
	l->backwards = backwards;
	atomic_store(&l->ending, false);
	ck_assert_int_eq(pthread_create(&l->thread, NULL, later_main, l), 0);
}

static inline void later_stop(struct later *l)
{
	atomic_store(&l->ending, true);
	pthread_join(l->thread, NULL);
}

/* serve() with this source. */
static inline void later_serve(struct served *s, struct later *l, uint32_t backing, size_t pages,
			       uint64_t features, uint32_t modes, struct uffd_region_opts opts)
{
	opts.source = l->source;
	serve(s, backing, pages, features, modes, opts);
}

#endif
