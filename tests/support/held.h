/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A source of the test's own whose reads wait until the test answers them. */
#ifndef HELD_H
#define HELD_H

#include "serve.h"

#define HELD_MOST 1024u

struct held_read {
	struct uffd_read *read;
	uint8_t *to;
	uint64_t length;
	uint64_t offset;
};

struct held {
	const uint8_t *content; /* what it brings; NULL: content_byte() */
	pthread_mutex_t lock;
	struct held_read reads[HELD_MOST]; /* begun and not answered, in the order of asking */
	unsigned int count;
	_Atomic unsigned int asked;
	_Atomic bool at_once; /* every read is answered before submit returns */
	_Atomic int freed;
};

static inline void held_bytes(const struct held *h, uint8_t *to, uint64_t offset, uint64_t length)
{
	if (h->content)
		memcpy(to, h->content + offset, (size_t)length);
	else
		content_write(to, offset, (size_t)length);
}

static inline int held_submit(void *user, struct uffd_read *read, void *buffer, uint64_t length,
			      uint64_t offset)
{
	struct held *h = user;

	if (atomic_load(&h->at_once)) {
		held_bytes(h, buffer, offset, length);
		atomic_fetch_add(&h->asked, 1);
		uffd_read_done(read, (int64_t)length);
		return 0;
	}
	pthread_mutex_lock(&h->lock);
	if (h->count == HELD_MOST) {
		pthread_mutex_unlock(&h->lock);
		return -EBUSY;
	}
	h->reads[h->count++] = (struct held_read){read, buffer, length, offset};
	pthread_mutex_unlock(&h->lock);
	atomic_fetch_add(&h->asked, 1);
	return 0;
}

static inline void held_free(void *user)
{
	struct held *h = user;

	atomic_fetch_add(&h->freed, 1);
}

static inline struct uffd_source *held_open(struct held *h, uint64_t length)
{
	const struct uffd_source_ops ops = {
		.size = sizeof(ops), .submit = held_submit, .free = held_free};
	struct uffd_source *source;

	pthread_mutex_init(&h->lock, NULL);
	ck_assert_int_eq(uffd_source_open(&source, length, &ops, h), 0);
	return source;
}

static inline unsigned int held_count(struct held *h)
{
	unsigned int n;

	pthread_mutex_lock(&h->lock);
	n = h->count;
	pthread_mutex_unlock(&h->lock);
	return n;
}

/* Takes the first read that waits for byte offset, or for any where it is UINT64_MAX. */
static inline bool held_take(struct held *h, uint64_t offset, struct held_read *taken)
{
	bool found = false;

	pthread_mutex_lock(&h->lock);
	for (unsigned int i = 0; i < h->count && !found; i++) {
		if (offset != UINT64_MAX && (offset < h->reads[i].offset ||
					     offset - h->reads[i].offset >= h->reads[i].length))
			continue;
		*taken = h->reads[i];
		memmove(&h->reads[i], &h->reads[i + 1], (h->count - i - 1) * sizeof(*taken));
		h->count--;
		found = true;
	}
	pthread_mutex_unlock(&h->lock);
	return found;
}

static inline void held_answer(struct held *h, const struct held_read *read)
{
	held_bytes(h, read->to, read->offset, read->length);
	uffd_read_done(read->read, (int64_t)read->length);
}

/* Answers what waits, and from now on everything at once. */
static inline void held_release(struct held *h)
{
	struct held_read read;

	atomic_store(&h->at_once, true);
	while (held_take(h, UINT64_MAX, &read))
		held_answer(h, &read);
}

#endif
