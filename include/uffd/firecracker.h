/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Firecracker's handshake for a page fault handler (a snapshot loaded with the memory backend type
 * Uffd): both sides of it. A library of its own, libuffd-firecracker, since it needs a JSON
 * library.
 *
 * The VMM connects to the handler's unix stream socket and sends one message: a JSON array with an
 * object for each region of guest memory, and the userfaultfd beside it. Of an object these are
 * known, all numbers of bytes: base_host_virt_addr, size, offset (Firecracker 1.1), page_size_kib
 * (1.7; in bytes, whatever its name says) and page_size (1.12). Others are passed over.
 */
#ifndef UFFD_FIRECRACKER_H
#define UFFD_FIRECRACKER_H

#include <uffd/fdpass.h>
#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The longest handshake, bytes. */
#define LIBUFFD_FC_MAX 65536

/* Why a handshake was refused, in words: one line without an end. */
#define LIBUFFD_FC_REASON_MAX 160

/*
 * Reads a handshake's text: a whole array, and nothing behind it but white space. *count is set by
 * the caller to how many regions fit. content_length: bytes of what their offsets lie in. reason:
 * NULL, or room for LIBUFFD_FC_REASON_MAX characters. 0; -EAGAIN: the array is not complete;
 * -EBADMSG: not JSON, or not an array of objects, or a field that is there twice; -ENOKEY: a field
 * that is needed is not there; -ENOMSG: a field is not a number; -EDOM: a number is negative, not
 * written as a whole one, or does not fit into 64 bits; -EINVAL: page_size and page_size_kib
 * contradict each other; -E2BIG: longer than LIBUFFD_FC_MAX, or more regions than fit; -ENOMEM; and
 * as uffd_peer_check(). Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_fc_parse(const char *text, size_t length, uint64_t content_length,
			      struct uffd_peer_region *regions, uint32_t *count, char *reason);

/* Which fields are written. */
#define LIBUFFD_FC_1_1	1 /* base_host_virt_addr, size, offset */
#define LIBUFFD_FC_1_7	2 /* ... and page_size_kib */
#define LIBUFFD_FC_1_12 3 /* ... and page_size */

/*
 * Writes the text of a handshake, with a NUL behind it. Its length without that; -ENOBUFS: size is
 * too small; -EINVAL: version, or regions without a page size of 4096 in LIBUFFD_FC_1_1; and
 * as uffd_peer_check() for what no content is too short for. Any thread. Since 0.1.
 */
LIBUFFD_API int64_t uffd_fc_format(char *text, size_t size, const struct uffd_peer_region *regions,
				   uint32_t count, uint32_t version);

/* The VMM's side: sends uffd_fc_format()'s text and the descriptor. Errors of both. Since 0.1. */
LIBUFFD_API int uffd_fc_send(int socket, int uffd, const struct uffd_peer_region *regions,
			     uint32_t count, uint32_t version);

/* The handler's side: a handshake that arrives bit by bit. */
struct uffd_fc_receiver;

/*
 * A receiver for a connected socket, which stays the caller's.
 * 0; -EINVAL: NULL; -ENOMEM. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_fc_receiver_open(struct uffd_fc_receiver **receiver, int socket,
				      uint64_t content_length);

/*
 * The same, but what it reads stays in the socket: a process that has the socket after this one,
 * because it keeps a duplicate, can read the handshake once more from its start, descriptor
 * included. Sets SO_PEEK_OFF on the socket. Errors as uffd_fc_receiver_open(), and setsockopt(2)'s.
 * Since 0.1.
 */
LIBUFFD_API int uffd_fc_receiver_peek(struct uffd_fc_receiver **receiver, int socket,
				      uint64_t content_length);

/*
 * Receives what is there; waits only if the socket is a blocking one. 1: the handshake is complete;
 * 0: not yet: poll(2) and call again. A negative errno refuses it for good: -ECONNRESET: the peer
 * closed before the end; -ENOBUFS: more than one descriptor; -ENODEV: none came with it; -ENOTTY:
 * it is no userfaultfd; -EPROTO: one whose own handshake, UFFDIO_API, has not been done; -ECHILD:
 * in a forked child; and as uffd_fc_parse() and recvmsg(2). One thread. Since 0.1.
 */
LIBUFFD_API int uffd_fc_receive(struct uffd_fc_receiver *receiver);

/* Why it was refused, or what is still to come, in words; good until the next call. Since 0.1. */
LIBUFFD_API const char *uffd_fc_reason(const struct uffd_fc_receiver *receiver);

/* What came: the text as it was sent, and how many bytes; not NUL terminated. Since 0.1. */
LIBUFFD_API const char *uffd_fc_text(const struct uffd_fc_receiver *receiver, size_t *length);

/* Of a complete one: the regions, and how many. Good until the receiver is closed. Since 0.1. */
LIBUFFD_API const struct uffd_peer_region *
uffd_fc_regions(const struct uffd_fc_receiver *receiver, uint32_t *count);

/*
 * 1: a descriptor has come, whatever it is, and nobody has taken it; 0: none is here. Also of one
 * that is not complete, or was refused. Since 0.1.
 */
LIBUFFD_API int uffd_fc_has_fd(const struct uffd_fc_receiver *receiver);

/*
 * Of a complete one: the descriptor, close-on-exec, which is the caller's from now on. -EINVAL:
 * not complete, or taken before; -ECHILD. Since 0.1.
 */
LIBUFFD_API int uffd_fc_take_fd(struct uffd_fc_receiver *receiver);

/*
 * Closes it, and the descriptor if nobody took it: also that of a handshake that was refused, which is open
 * until here, so that the VMM can be ended first. NULL is allowed. Since 0.1.
 */
LIBUFFD_API void uffd_fc_receiver_close(struct uffd_fc_receiver *receiver);

#ifdef __cplusplus
}
#endif
#endif
