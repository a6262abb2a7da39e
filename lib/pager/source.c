/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See source.h: sources in general, their counting and their buffers. */
#include "pager/source.h"

#include <errno.h>
#include <stdlib.h>

#include "util/options.h"
#include "util/pages.h"

/* Before the data of a buffer, which is page aligned on every kernel. */
#define BUFFER_HEAD 65536u

static void keep(struct uffd_source *s)
{
	atomic_fetch_add(&s->users, 1);
}

static void free_buffer(struct buffer *b)
{
	if (b)
		pages_free(b, (size_t)(b->size + BUFFER_HEAD));
}

static void drop(struct uffd_source *s)
{
	if (atomic_fetch_sub(&s->users, 1) != 1)
		return;
	free_buffer(atomic_load(&s->spare));
	if (s->ops.free)
		s->ops.free(s->user);
	free(s);
}

struct buffer *source_take_buffer(struct uffd_source *s, uint64_t size)
{
	struct buffer *b = atomic_exchange(&s->spare, NULL);

	if (b && b->size >= size)
		return b;
	free_buffer(b);
	b = pages_alloc((size_t)(size + BUFFER_HEAD));
	if (!b)
		return NULL;
	*b = (struct buffer){size, (uint8_t *)b + BUFFER_HEAD};
	return b;
}

void source_put_buffer(struct uffd_source *s, struct buffer *b)
{
	/* One spare is kept: with several threads at once the others' go. */
	free_buffer(atomic_exchange(&s->spare, b));
}

int source_make(struct uffd_source **out, uint64_t length, const struct uffd_source_ops *ops,
		void *user, const void *direct)
{
	struct uffd_source *s = calloc(1, sizeof(*s));

	if (!s) {
		if (ops->free)
			ops->free(user);
		return -ENOMEM;
	}
	s->content = (struct content){
		.fault = pager_fault,
		.length = length,
		.keep = keep,
		.drop = drop,
	};
	s->ops = *ops;
	s->user = user;
	s->direct = direct;
	atomic_init(&s->users, 1);
	*out = s;
	return 0;
}

int uffd_source_open(struct uffd_source **out, uint64_t length, const struct uffd_source_ops *ops,
		     void *user)
{
	struct uffd_source_ops o = {.size = sizeof(o)};
	int ret = options_take(&o, sizeof(o), sizeof(o), ops);

	if (ret == 0 && (!out || !o.read || !length))
		ret = -EINVAL;
	if (ret < 0) {
		if (o.free)
			o.free(user);
		return ret;
	}
	return source_make(out, length, &o, user, NULL);
}

uint64_t uffd_source_length(const struct uffd_source *s)
{
	return s ? s->content.length : 0;
}

void uffd_source_close(struct uffd_source *s)
{
	if (s)
		drop(s);
}
