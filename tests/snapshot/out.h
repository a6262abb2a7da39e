/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * An output in memory, behind a gate: while it is shut the write callback does not return. It takes
 * no byte twice, and no two calls at a time; what was wrong is noted, since it is no thread of the
 * test's.
 */
#ifndef OUT_H
#define OUT_H

#include "snap.h"

struct out {
	uint8_t *image; /* what was written; zeros elsewhere */
	uint8_t *times; /* bytes of a page that were */
	uint64_t length;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool shut;
	bool inside;    /* a call is */
	int64_t result; /* what the next calls return, if not 0; nothing is taken then */
	uint64_t most;  /* bytes that a call takes, 0: all */
	uint64_t bytes; /* taken */
	uint64_t calls;
	const char *wrong;
};

static inline void out_note(struct out *o, bool right, const char *what)
{
	if (!right && !o->wrong)
		o->wrong = what;
}

static inline int64_t out_write(void *user, const void *from, uint64_t length, uint64_t offset)
{
	struct out *o = user;
	int64_t ret;

	pthread_mutex_lock(&o->lock);
	out_note(o, !o->inside, "two calls at a time");
	out_note(o, length > 0, "nothing to write");
	out_note(o, length <= o->length && offset <= o->length - length, "outside");
	o->inside = true;
	o->calls++;
	pthread_cond_broadcast(&o->moved);
	while (o->shut)
		pthread_cond_wait(&o->moved, &o->lock);
	ret = o->result;
	if (!ret && !o->wrong) {
		uint64_t n = o->most && o->most < length ? o->most : length;

		for (uint64_t at = offset; at < offset + n; at++)
			out_note(o, !o->times[at]++, "a byte twice");
		memcpy(o->image + offset, from, (size_t)n);
		o->bytes += n;
		ret = (int64_t)n;
	}
	o->inside = false;
	pthread_mutex_unlock(&o->lock);
	return ret ? ret : -EPROTO;
}

static inline void *out_memory(uint64_t length)
{
	void *at = mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	ck_assert_ptr_ne(at, MAP_FAILED);
	return at;
}

static inline void out_make(struct out *o, uint64_t length, bool shut)
{
	*o = (struct out){.length = length, .shut = shut};
	o->image = out_memory(length);
	o->times = out_memory(length);
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->moved, NULL);
}

/* The options of a snapshot into it. */
static inline struct uffd_snapshot_opts out_opts(struct out *o, uint64_t buffer_bytes)
{
	return (struct uffd_snapshot_opts){
		.write = out_write, .user = o, .buffer_bytes = buffer_bytes};
}

static inline void out_shut(struct out *o, bool shut)
{
	pthread_mutex_lock(&o->lock);
	o->shut = shut;
	pthread_cond_broadcast(&o->moved);
	pthread_mutex_unlock(&o->lock);
}

static inline void out_answer(struct out *o, int64_t result)
{
	pthread_mutex_lock(&o->lock);
	o->result = result;
	pthread_mutex_unlock(&o->lock);
}

/* Returns when a call has come, and waits. */
static inline void out_entered(struct out *o)
{
	struct timespec until;
	int ret = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	pthread_mutex_lock(&o->lock);
	while (!o->inside && ret == 0)
		ret = pthread_cond_timedwait(&o->moved, &o->lock, &until);
	pthread_mutex_unlock(&o->lock);
	ck_assert_msg(ret == 0, "nothing is ever written");
}

static inline void out_is_right(struct out *o)
{
	ck_assert_msg(!o->wrong, "the write callback: %s", o->wrong);
}

/* What was written, and zeros elsewhere, is what the memory ought to be. */
static inline void out_is(struct out *o, const struct served *s, const char *what)
{
	out_is_right(o);
	for (size_t k = 0; k * s->m.page < s->m.length; k++)
		if (memcmp(o->image + k * s->m.page, s->content + k * s->m.page, s->m.page))
			ck_abort_msg("%s: page %zu is wrong", what, k);
}

static inline void out_free(struct out *o)
{
	out_is_right(o);
	munmap(o->image, (size_t)o->length);
	munmap(o->times, (size_t)o->length);
	pthread_mutex_destroy(&o->lock);
	pthread_cond_destroy(&o->moved);
}

#endif
