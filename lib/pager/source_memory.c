/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a source whose content is memory of this process: installs copy straight from it.
 * Must never: copy it anywhere else first.
 */
#include <errno.h>
#include <string.h>

#include "pager/source.h"

/* Only for what cannot be installed from where it is: a page that the source does not end. */
static int64_t read_memory(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	memcpy(buffer, (const uint8_t *)user + offset, (size_t)length);
	return (int64_t)length;
}

int uffd_source_open_memory(struct uffd_source **out, const void *at, size_t length)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_memory};
	int ret;

	if (!out || !at || !length)
		return -EINVAL;
	ret = source_make(out, length, &ops, (void *)(uintptr_t)at);
	if (ret == 0)
		(*out)->direct = at;
	return ret;
}
