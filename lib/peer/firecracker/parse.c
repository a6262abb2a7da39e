/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: uffd_fc_parse(), a handshake whose text is all there.
 * Must never: know what JSON is.
 */
#include <uffd/firecracker.h>

#include <errno.h>

#include "peer/firecracker/handshake.h"

int uffd_fc_parse(const char *text, size_t length, uint64_t content_length,
		  struct uffd_peer_region *regions, uint32_t *count, char *reason)
{
	struct handshake h;
	int ret;

	if (!text || !regions || !count)
		return handshake_refuse(reason, -EINVAL, "bad arguments");
	ret = handshake_open(&h, reason);
	if (ret < 0)
		return ret;
	ret = handshake_read(&h, text, length);
	if (ret == 0)
		ret = handshake_regions(&h, content_length, regions, count);
	handshake_close(&h);
	return ret;
}
