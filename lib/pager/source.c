/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See source.h: sources in general and their counting. */
#include "pager/source.h"

#include <errno.h>
#include <stdlib.h>

#include "pager/pager.h"
#include "util/options.h"

static void keep(struct uffd_source *s)
{
	atomic_fetch_add(&s->users, 1);
}

static void drop(struct uffd_source *s)
{
	if (atomic_fetch_sub(&s->users, 1) != 1)
		return;
	for (size_t i = 0; i < s->layer_count; i++)
		drop(s->layers[i]);
	free(s->layers);
	if (s->ops.free)
		s->ops.free(s->user);
	free(s);
}

int source_make(struct uffd_source **out, uint64_t length, const struct uffd_source_ops *ops,
		void *user)
{
	struct uffd_source *s = calloc(1, sizeof(*s));

	if (!s) {
		if (ops->free)
			ops->free(user);
		return -ENOMEM;
	}
	s->content = (struct content){
		.attach = pager_attach,
		.bring = pager_bring,
		.again = pager_again,
		.cancel = pager_cancel,
		.length = length,
		.keep = keep,
		.drop = drop,
	};
	s->ops = *ops;
	s->user = user;
	atomic_init(&s->users, 1);
	*out = s;
	return 0;
}

/* What one layer says of a range that begins within it: bytes, *zero; or its error. */
static int64_t ask_map(struct uffd_source *s, uint64_t offset, uint64_t length, int *zero)
{
	int64_t bytes;

	*zero = 0;
	if (!s->ops.map)
		return (int64_t)length;
	bytes = s->ops.map(s->user, offset, length, zero);
	if (bytes < 0)
		return source_error(bytes);
	return bytes == 0 || (uint64_t)bytes > length ? -EIO : bytes;
}

/* The newest layer that has data there. What hides how much of the layers below is cut on the way. */
static int locate_in_layers(struct uffd_source *s, uint64_t offset, uint64_t length,
			    struct segment *seg)
{
	for (size_t i = s->layer_count; i-- > 0;) {
		struct uffd_source *layer = s->layers[i];
		uint64_t has = layer->content.length;
		int64_t bytes;
		int zero;

		if (offset >= has)
			continue;
		/* Behind the layer's end the layers below show: the stretch ends there. */
		if (length > has - offset)
			length = has - offset;
		bytes = ask_map(layer, offset, length, &zero);
		if (bytes < 0)
			return (int)bytes;
		length = (uint64_t)bytes;
		if (!zero) {
			*seg = (struct segment){layer, offset, length};
			return 0;
		}
	}
	*seg = (struct segment){NULL, offset, length};
	return 0;
}

int source_locate(struct uffd_source *s, uint64_t offset, uint64_t length, struct segment *seg)
{
	int64_t bytes;
	int zero;

	if (s->layer_count)
		return locate_in_layers(s, offset, length, seg);
	bytes = ask_map(s, offset, length, &zero);
	if (bytes < 0)
		return (int)bytes;
	*seg = (struct segment){zero ? NULL : s, offset, (uint64_t)bytes};
	return 0;
}

int uffd_source_open(struct uffd_source **out, uint64_t length, const struct uffd_source_ops *ops,
		     void *user)
{
	struct uffd_source_ops o = {.size = sizeof(o)};
	int ret = options_take(&o, sizeof(o), sizeof(o), ops);

	if (ret == 0 && (!out || (!o.read && !o.submit) || !length))
		ret = -EINVAL;
	if (ret < 0) {
		if (o.free)
			o.free(user);
		return ret;
	}
	return source_make(out, length, &o, user);
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
