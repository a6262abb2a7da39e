/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a handshake's text as it comes, and what it says of regions.
 * Must never: read from anywhere, or give a verdict that depends on where its text was cut.
 */
#ifndef FIRECRACKER_HANDSHAKE_H
#define FIRECRACKER_HANDSHAKE_H

#include <uffd/firecracker.h>

#include "peer/firecracker/words.h"

struct json_object;
struct json_tokener;

struct handshake {
	struct words words;
	struct json_tokener *tokener;
	struct json_object *array; /* NULL until it is complete */
	/* Of the text: what words has, what of that ends outside a word, what the tokener has. */
	size_t seen, safe, fed;
	char *reason; /* LIBUFFD_FC_REASON_MAX characters, the caller's; or NULL */
};

/* 0, -ENOMEM. */
int handshake_open(struct handshake *h, char *reason);
void handshake_close(struct handshake *h);

/*
 * The text so far, from its beginning: what was there in the last call is still there.
 * 0: complete; -EAGAIN: not yet; -EBADMSG; -E2BIG: longer than LIBUFFD_FC_MAX; -ENOMEM.
 */
int handshake_read(struct handshake *h, const char *text, size_t length);

/* What a complete one says; arguments and errors as uffd_fc_parse(). Of 0 there is no reason. */
int handshake_regions(const struct handshake *h, uint64_t content_length,
		      struct uffd_peer_region *regions, uint32_t *count);

/* Says why, and gives error back. No byte of the peer's that is not printable. */
__attribute__((format(printf, 3, 4))) int handshake_refuse(char *reason, int error,
							   const char *format, ...);

#endif
