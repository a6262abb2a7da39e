/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a source of a base and sparse diffs over it. It is only a map: what it says of an offset is
 * which layer has it, and the pager reads from that.
 * Must never: read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pager/source.h"

static int check(struct uffd_source **out, struct uffd_source *const *layers, size_t count)
{
	if (!out || !layers || count == 0 || count > LIBUFFD_LAYERS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!layers[i] || layers[i]->layer_count ||
		    layers[i]->content.length > layers[0]->content.length)
			return -EINVAL;
	return 0;
}

/* Another order, or another layer, is another content. */
static void identify(struct uffd_source *s)
{
	for (size_t i = 0; i < s->layer_count; i++)
		for (size_t k = 0; k < sizeof(s->id); k++)
			s->id[k] = (uint8_t)(s->id[k] * 31u + s->layers[i]->id[k] + 1);
}

int uffd_source_open_layers(struct uffd_source **out, struct uffd_source *const *layers,
			    size_t count)
{
	const struct uffd_source_ops none = {.size = sizeof(none)};
	struct uffd_source **copy, *s;
	int ret = check(out, layers, count);

	if (ret < 0)
		return ret;
	copy = calloc(count, sizeof(struct uffd_source *));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, layers, count * sizeof(struct uffd_source *));
	ret = source_make(&s, layers[0]->content.length, &none, NULL);
	if (ret < 0) {
		free(copy);
		return ret;
	}
	s->layers = copy;
	s->layer_count = count;
	for (size_t i = 0; i < count; i++)
		copy[i]->content.keep(copy[i]);
	identify(s);
	*out = s;
	return 0;
}
