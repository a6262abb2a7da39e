/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Whether a write was lost: the first eight bytes of each page are looked at before a pass over the
 * region, and those that differ from what was there when the page was last reported must be
 * reported by this pass.
 */
#ifndef LOST_H
#define LOST_H

#include "tracked.h"

struct lost {
	struct tracked *t;
	size_t pages;
	uint64_t *last; /* as of each page's last report, or of the beginning */
	uint64_t *before;
	uint8_t *found;
	uint64_t seed;
	bool lazy; /* looks at what has been brought only, so as to bring nothing */
};

static inline _Atomic uint64_t *lost_word(const struct tracked *t, size_t page)
{
	return (_Atomic uint64_t *)(void *)served_page(&t->s, page);
}

static inline uint64_t lost_look(const struct tracked *t, size_t page)
{
	return atomic_load_explicit(lost_word(t, page), memory_order_relaxed);
}

static inline bool lost_is_there(const struct lost *l, size_t page)
{
	return !l->lazy ||
	       LIBUFFD_PAGE_STATE(uffd_region_page(l->t->s.region, page * l->t->s.m.page)) ==
		       LIBUFFD_PAGE_CACHED;
}

/*
 * From here on: what is there now, the tracking having begun, is known. With content, which is due
 * there: that is, and is not brought for it.
 */
static inline void lost_begin(struct lost *l, struct tracked *t, const uint8_t *content)
{
	l->t = t;
	l->lazy = content;
	l->pages = t->s.m.length / t->s.m.page;
	l->last = calloc(l->pages, sizeof(*l->last));
	l->before = calloc(l->pages, sizeof(*l->before));
	l->found = calloc(l->pages, 1);
	l->seed = 0x5eed;
	ck_assert(l->last && l->before && l->found);
	for (size_t k = 0; k < l->pages; k++)
		if (content)
			memcpy(&l->last[k], content + k * t->s.m.page, sizeof(l->last[k]));
		else
			l->last[k] = lost_look(t, k);
}

static inline void lost_pass(struct lost *l)
{
	struct tracked *t = l->t;

	for (size_t k = 0; k < l->pages; k++)
		l->before[k] = lost_is_there(l, k) ? lost_look(t, k) : l->last[k];
	collect_all(t->dirty, t->s.m.length, t->s.m.page, 1 + random_below(&l->seed, 64), l->found);
	for (size_t k = 0; k < l->pages; k++) {
		if (!l->found[k] && l->before[k] != l->last[k])
			ck_abort_msg("%s: page %zu: 0x%llx when it was reported, 0x%llx now, and "
				     "not reported",
				     t->name, k, (unsigned long long)l->last[k],
				     (unsigned long long)l->before[k]);
		if (l->found[k])
			l->last[k] = lost_look(t, k);
	}
}

/* Nobody writes any more. */
static inline void lost_end(struct lost *l)
{
	l->lazy = false;
	lost_pass(l);
	for (size_t k = 0; k < l->pages; k++)
		ck_assert_msg(l->last[k] == lost_look(l->t, k), "%s: page %zu", l->t->name, k);
	free(l->last);
	free(l->before);
	free(l->found);
}

/* Threads that write until they are told to end. */
struct lost_writers {
	const struct tracked *t;
	size_t pages; /* the first ones of the region */
	_Atomic bool over;
	_Atomic uint64_t seed;
	_Atomic uint64_t writes;
	pthread_t threads[4];
	unsigned int count;
};

static inline void *lost_write(void *arg)
{
	struct lost_writers *w = arg;
	uint64_t seed = atomic_fetch_add(&w->seed, 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;

	while (!atomic_load(&w->over)) {
		size_t page = random_below(&seed, w->pages);
		size_t n = random_below(&seed, 8) ? 1 : 1 + random_below(&seed, 40);

		for (; n-- && page < w->pages; page++)
			atomic_fetch_add_explicit(lost_word(w->t, page), 1, memory_order_relaxed);
		atomic_fetch_add(&w->writes, 1);
	}
	return NULL;
}

static inline void lost_writers_start(struct lost_writers *w, const struct tracked *t,
				      unsigned int count)
{
	memset(w, 0, sizeof(*w));
	w->t = t;
	w->pages = t->s.m.length / t->s.m.page;
	w->count = count;
	atomic_store(&w->seed, 1);
	for (unsigned int i = 0; i < count; i++)
		ck_assert_int_eq(pthread_create(&w->threads[i], NULL, lost_write, w), 0);
}

static inline void lost_writers_stop(struct lost_writers *w)
{
	atomic_store(&w->over, true);
	for (unsigned int i = 0; i < w->count; i++)
		pthread_join(w->threads[i], NULL);
}

#endif
