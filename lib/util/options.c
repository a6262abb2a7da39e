/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See options.h. */
#include "util/options.h"

#include <errno.h>
#include <string.h>

int options_take(void *ours, size_t size, size_t first_size, const void *given)
{
	const unsigned char *bytes = given;
	uint64_t theirs;

	if (!given)
		return 0;
	memcpy(&theirs, given, sizeof(theirs));
	if (theirs < first_size)
		return -EINVAL;
	memcpy(ours, given, theirs < size ? (size_t)theirs : size);
	for (uint64_t i = size; i < theirs; i++)
		if (bytes[i])
			return -E2BIG;
	return 0;
}
