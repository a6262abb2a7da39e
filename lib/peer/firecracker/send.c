/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a handshake as a VMM sends it: one message.
 * Must never: keep the descriptor, or close it.
 */
#include <uffd/firecracker.h>

#include <errno.h>
#include <stdlib.h>

int uffd_fc_send(int socket, int uffd, const struct uffd_peer_region *regions, uint32_t count,
		 uint32_t version)
{
	/* LIBUFFD_PEER_REGIONS_MAX regions with the largest numbers take 45 KiB. */
	char *text = malloc(LIBUFFD_FC_MAX);
	int64_t length;
	int ret;

	if (!text)
		return -ENOMEM;
	length = uffd_fc_format(text, LIBUFFD_FC_MAX, regions, count, version);
	ret = length < 0 ? (int)length : uffd_fdpass_send(socket, text, (size_t)length, &uffd, 1);
	free(text);
	return ret;
}
