/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what layers.h says. Must never: read memory; that is the library's job. */
#include "layers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "util.h"

/* Why a snapshot is not the index-th layer over base, or NULL. */
static const char *check_layer(const struct snapshot *base, const struct snapshot *layer,
			       size_t index)
{
	if (!index && layer->pattern.generation)
		return "a diff: it wants the layers below it";
	if (layer->memory_size != base->memory_size || layer->pattern.seed != base->pattern.seed ||
	    layer->pattern.program != base->pattern.program)
		return "a snapshot of another guest than the base";
	if (layer->pattern.generation != index)
		return "not made over the layer before it";
	return NULL;
}

int layers_read(struct layers *layers, char *const *paths, size_t count)
{
	layers->count = count;
	layers->at = calloc(count, sizeof(*layers->at));
	if (!layers->at)
		return complain_error("layers", ENOMEM);
	for (size_t i = 0; i < count; i++) {
		struct snapshot *layer = &layers->at[i];
		const char *why;

		if (snapshot_name(layer, paths[i]) < 0 || snapshot_load(layer) < 0)
			return -1;
		why = check_layer(layers->at, layer, i);
		if (why)
			return complain(layer->state_path, why);
	}
	return 0;
}

void layers_free(struct layers *layers)
{
	free(layers->at);
	layers->at = NULL;
}

const struct snapshot *layers_newest(const struct layers *layers)
{
	return &layers->at[layers->count - 1];
}

static int open_memory(const char *path, bool *direct, struct uffd_source **source)
{
	struct uffd_source_file_opts opts = {.size = sizeof(opts), .flags = LIBUFFD_SOURCE_DIRECT};
	int ret = *direct ? uffd_source_open_file(source, path, &opts) : -EINVAL;

	if (*direct && ret == -EINVAL) {
		complain(path, "no O_DIRECT there: reading through the page cache");
		*direct = false;
	}
	if (!*direct)
		ret = uffd_source_open_file(source, path, NULL);
	return ret < 0 ? complain_error(path, ret) : 0;
}

int layers_open(const struct layers *layers, bool *direct, struct uffd_source **source)
{
	struct uffd_source *files[LIBUFFD_LAYERS_MAX];
	size_t opened = 0;
	int ret = 0;

	while (opened < layers->count && ret == 0) {
		ret = open_memory(layers->at[opened].memory_path, direct, &files[opened]);
		opened += ret == 0;
	}
	if (ret == 0 && opened == 1) {
		*source = files[0];
		return 0;
	}
	if (ret == 0 && (ret = uffd_source_open_layers(source, files, opened)) < 0)
		complain_error("uffd_source_open_layers", ret);
	for (size_t i = 0; i < opened; i++)
		uffd_source_close(files[i]); /* the layers keep them */
	return ret < 0 ? -1 : 0;
}
