/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Layers whose every byte tells which layer it is of: sources that have data in some blocks and
 * nothing in others, and that read at once or answer later.
 */
#ifndef LEAVES_H
#define LEAVES_H

#include "serve.h"

#define LEAVES_MOST 8u
#define LEAF_HELD   4096u

enum leaf_kind {
	LEAF_READS,   /* at once */
	LEAF_ANSWERS, /* by another thread, soon */
	LEAF_AT_ONCE, /* asynchronous, and answers before submit returns */
};

struct leaves;

struct leaf {
	struct leaves *all;
	enum leaf_kind kind;
	uint64_t length;
	uint64_t block;    /* bytes; it has data or not by the block */
	unsigned int fill; /* of 8 blocks so many have data; 8: all, and there is no map */
	uint64_t tag;
	_Atomic uint64_t reads;
	_Atomic uint64_t read_bytes;
	_Atomic int64_t error; /* instead of content */
	_Atomic int busy;      /* so many times submit says -EBUSY; -1: always */
	_Atomic uint64_t said_busy;
	_Atomic int freed;
	_Atomic int wrong; /* asked for what it never said to have */
};

struct leaf_read {
	struct leaf *leaf;
	struct uffd_read *read;
	uint8_t *to;
	uint64_t length;
	uint64_t offset;
};

/* All of them, and the thread that answers for those that answer later. */
struct leaves {
	struct leaf leaf[LEAVES_MOST];
	unsigned int count;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct leaf_read queue[LEAF_HELD];
	unsigned int queued;
	bool ending;
	bool started;
};

static inline bool leaf_has(const struct leaf *l, uint64_t at)
{
	uint64_t block = at / l->block + l->tag * 1000003;

	block ^= block >> 7;
	return ((block * UINT64_C(0x9e3779b97f4a7c15)) >> 61) < l->fill;
}

static inline uint8_t leaf_byte(const struct leaf *l, uint64_t at)
{
	return content_byte(at + (l->tag << 40));
}

/* What the layers together hold at an offset. */
static inline uint8_t leaves_byte(const struct leaves *ls, uint64_t at)
{
	for (unsigned int i = ls->count; i-- > 0;)
		if (at < ls->leaf[i].length && leaf_has(&ls->leaf[i], at))
			return leaf_byte(&ls->leaf[i], at);
	return 0;
}

/* All of it, to be freed. */
static inline uint8_t *leaves_content(const struct leaves *ls, uint64_t length)
{
	uint8_t *bytes = malloc((size_t)length);

	ck_assert_ptr_nonnull(bytes);
	for (uint64_t at = 0; at < length; at++)
		bytes[at] = leaves_byte(ls, at);
	return bytes;
}

static inline int64_t leaf_bring(struct leaf *l, uint8_t *to, uint64_t length, uint64_t offset)
{
	int64_t error = atomic_load(&l->error);

	atomic_fetch_add(&l->reads, 1);
	atomic_fetch_add(&l->read_bytes, length);
	if (offset + length > l->length)
		atomic_fetch_add(&l->wrong, 1);
	if (error)
		return error;
	for (uint64_t i = 0; i < length; i++) {
		if (!leaf_has(l, offset + i))
			atomic_fetch_add(&l->wrong, 1);
		to[i] = leaf_byte(l, offset + i);
	}
	return (int64_t)length;
}

static inline int64_t leaf_read(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	return leaf_bring(user, buffer, length, offset);
}

static inline int64_t leaf_map(void *user, uint64_t offset, uint64_t length, int *zero)
{
	const struct leaf *l = user;
	bool has = leaf_has(l, offset);
	uint64_t n = l->block - offset % l->block;

	while (n < length && leaf_has(l, offset + n) == has)
		n += l->block;
	*zero = !has;
	return (int64_t)(n < length ? n : length);
}

static inline bool leaf_is_busy(struct leaf *l)
{
	int busy = atomic_load(&l->busy);

	if (!busy)
		return false;
	if (busy > 0)
		atomic_fetch_sub(&l->busy, 1);
	atomic_fetch_add(&l->said_busy, 1);
	return true;
}

static inline int leaf_submit(void *user, struct uffd_read *read, void *buffer, uint64_t length,
			      uint64_t offset)
{
	struct leaf *l = user;
	struct leaves *ls = l->all;
	int ret = 0;

	if (leaf_is_busy(l))
		return -EBUSY;
	if (l->kind == LEAF_AT_ONCE) {
		uffd_read_done(read, leaf_bring(l, buffer, length, offset));
		return 0;
	}
	pthread_mutex_lock(&ls->lock);
	if (ls->queued < LEAF_HELD)
		ls->queue[ls->queued++] = (struct leaf_read){l, read, buffer, length, offset};
	else
		ret = -EBUSY;
	pthread_cond_signal(&ls->more);
	pthread_mutex_unlock(&ls->lock);
	return ret;
}

static inline void leaf_free(void *user)
{
	struct leaf *l = user;

	atomic_fetch_add(&l->freed, 1);
}

/* The last that was asked for is the first to be answered. */
static inline void *leaves_answer(void *arg)
{
	struct leaves *ls = arg;

	for (;;) {
		struct leaf_read r;

		pthread_mutex_lock(&ls->lock);
		while (!ls->queued && !ls->ending)
			pthread_cond_wait(&ls->more, &ls->lock);
		if (!ls->queued) {
			pthread_mutex_unlock(&ls->lock);
			return NULL;
		}
		r = ls->queue[--ls->queued];
		pthread_mutex_unlock(&ls->lock);
		uffd_read_done(r.read, leaf_bring(r.leaf, r.to, r.length, r.offset));
	}
}

static inline struct leaf *leaves_add(struct leaves *ls, enum leaf_kind kind, uint64_t length,
				      uint64_t block, unsigned int fill)
{
	struct leaf *l = &ls->leaf[ls->count];

	*l = (struct leaf){
		.all = ls,
		.kind = kind,
		.length = length,
		.block = block,
		.fill = fill,
		.tag = ls->count + 1,
	};
	ls->count++;
	return l;
}

static inline struct uffd_source *leaf_open(struct leaf *l)
{
	struct uffd_source_ops ops = {.size = sizeof(ops), .free = leaf_free};
	struct uffd_source *source;

	ops.read = l->kind == LEAF_READS ? leaf_read : NULL;
	ops.submit = l->kind == LEAF_READS ? NULL : leaf_submit;
	ops.map = l->fill < 8 ? leaf_map : NULL;
	ck_assert_int_eq(uffd_source_open(&source, l->length, &ops, l), 0);
	return source;
}

/* The source of all of them, the first added being the base. */
static inline struct uffd_source *leaves_open(struct leaves *ls)
{
	struct uffd_source *layers[LEAVES_MOST], *source;

	for (unsigned int i = 0; i < ls->count; i++)
		layers[i] = leaf_open(&ls->leaf[i]);
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, ls->count), 0);
	for (unsigned int i = 0; i < ls->count; i++)
		uffd_source_close(layers[i]);
	return source;
}

static inline void leaves_start(struct leaves *ls)
{
	pthread_mutex_init(&ls->lock, NULL);
	pthread_cond_init(&ls->more, NULL);
	ck_assert_int_eq(pthread_create(&ls->thread, NULL, leaves_answer, ls), 0);
	ls->started = true;
}

/* No read is under way; each was freed once, and asked for nothing that it does not have. */
static inline void leaves_end(struct leaves *ls)
{
	if (ls->started) {
		pthread_mutex_lock(&ls->lock);
		ls->ending = true;
		pthread_cond_signal(&ls->more);
		pthread_mutex_unlock(&ls->lock);
		pthread_join(ls->thread, NULL);
	}
	for (unsigned int i = 0; i < ls->count; i++) {
		ck_assert_int_eq(atomic_load(&ls->leaf[i].freed), 1);
		ck_assert_int_eq(atomic_load(&ls->leaf[i].wrong), 0);
	}
}

/* Whether length bytes at at are the layers' content from offset on. */
static inline void leaves_are(const struct leaves *ls, const void *at, uint64_t offset,
			      uint64_t length, const char *what)
{
	const uint8_t *bytes = at;

	for (uint64_t i = 0; i < length; i++)
		if (bytes[i] != leaves_byte(ls, offset + i))
			ck_abort_msg("%s: byte %llu is %u, not %u", what,
				     (unsigned long long)(offset + i), bytes[i],
				     leaves_byte(ls, offset + i));
}

#endif
