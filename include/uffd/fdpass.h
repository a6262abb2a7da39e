/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Descriptors over a unix socket: a userfaultfd with the table of its regions, from the process
 * whose memory it is to the one that serves it. No state; any thread, one at a time for a socket.
 */
#ifndef UFFD_FDPASS_H
#define UFFD_FDPASS_H

#include <sys/types.h>

#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most descriptors of one message; the kernel's own limit is 253 (SCM_MAX_FD). */
#define LIBUFFD_FDPASS_MAX 16

/*
 * Sends bytes and descriptors in one message; the descriptors go with its first byte, so length is
 * at least 1. Does not raise SIGPIPE. On a stream what does not fit into the socket is sent
 * afterwards, waiting for room.
 * 0; -EINVAL: NULL, length 0, count above LIBUFFD_FDPASS_MAX, a negative descriptor (0 is one);
 * -EBADF; -EPIPE, -ECONNRESET: nobody receives; -ETOOMANYREFS: too many descriptors under way;
 * -EMSGSIZE; -EAGAIN: a non-blocking socket is full, nothing was sent; and what sendmsg(2) says.
 */
LIBUFFD_API int uffd_fdpass_send(int socket, const void *bytes, size_t length, const int *fds,
				 uint32_t count);

/*
 * Receives what one recvmsg(2) brings: at most size bytes, and in fds and *count (set by the caller
 * to how many may come) its descriptors, which are close-on-exec and the caller's. More than that,
 * or a truncated message, is an error, and everything that came is closed. How many bytes; 0: the
 * peer has closed, or sent an empty datagram; -EAGAIN: nothing there yet, on a non-blocking socket
 * or after SO_RCVTIMEO; -ENOBUFS: more descriptors than expected, or than this process may open
 * (MSG_CTRUNC); -EMSGSIZE: a datagram longer than size (MSG_TRUNC); -EINVAL: NULL, size 0, *count
 * above LIBUFFD_FDPASS_MAX; and what recvmsg(2) says. *count stays as it is then.
 */
LIBUFFD_API int64_t uffd_fdpass_receive(int socket, void *bytes, size_t size, int *fds,
					uint32_t *count);

/*
 * The same, but what it brings stays in the socket as well, for whoever has that next: MSG_PEEK. On
 * a stream with SO_PEEK_OFF set to 0 each call goes on behind what was peeked before (Linux 3.4).
 */
LIBUFFD_API int64_t uffd_fdpass_peek(int socket, void *bytes, size_t size, int *fds,
				     uint32_t *count);

/* Who is at the other end: as of its connect(2) or listen(2). */
struct uffd_peer {
	uint64_t size; /* sizeof(struct uffd_peer), set by the caller */
	pid_t pid;
	uid_t uid;
	gid_t gid;
	int32_t pidfd; /* the caller's; -1: it has ended, or the kernel has none (Linux 5.3) */
};

/*
 * SO_PEERCRED and a pidfd of the same process: SO_PEERPIDFD (Linux 6.5), else pidfd_open(2) of the
 * number, which is another process's where that one has ended meanwhile and its number came round.
 * 0; -EINVAL: NULL or a wrong size; -ENOTSOCK, -EBADF; -EOPNOTSUPP: not a connected unix socket;
 * -EMFILE, -ENFILE, -ENOMEM: no pidfd for want of that. *peer stays as it is then.
 */
LIBUFFD_API int uffd_fdpass_peer(int socket, struct uffd_peer *peer);

/* A range of a peer's memory that is registered with the descriptor. */
struct uffd_peer_region {
	uint64_t address;   /* bytes, in the peer's address space */
	uint64_t length;    /* bytes */
	uint64_t offset;    /* where it begins in the content; bytes */
	uint64_t page_size; /* bytes */
};

/* The most regions of a table. */
#define LIBUFFD_PEER_REGIONS_MAX 256

/*
 * Whether a table can be served: 0, or a negative errno, and in *which (may be NULL) the region.
 * -EINVAL: no region, or more than LIBUFFD_PEER_REGIONS_MAX, a page size that is no power of two
 * from 4096 to 1 GiB, a length of 0, an address or length that is no multiple of the page size, an
 * offset that is no multiple of 4096; -EOVERFLOW: a range or its offsets wrap; -EEXIST: two ranges
 * overlap; -ERANGE: a region's content ends behind content_length. *which is 0 where the table as a
 * whole is wrong; of two that overlap it is the later.
 */
LIBUFFD_API int uffd_peer_check(const struct uffd_peer_region *regions, uint32_t count,
				uint64_t content_length, uint32_t *which);

/*
 * Sends a userfaultfd and its table to a peer of the same machine: one message of 24 bytes and 32 a
 * region, in the machine's byte order. features: what its UFFDIO_API asked for.
 * Errors as uffd_fdpass_send(), and as uffd_peer_check() for what no content is too short for.
 */
LIBUFFD_API int uffd_peer_send(int socket, int uffd, uint64_t features,
			       const struct uffd_peer_region *regions, uint32_t count);

/*
 * Receives what uffd_peer_send() sent; *count is set by the caller to how many regions fit. Waits
 * on a blocking socket until all is there; SO_RCVTIMEO bounds that. 0; -ENOBUFS, as
 * uffd_fdpass_receive(); -EPROTO: not such a message, or a userfaultfd whose handshake has not been
 * done; -ENOMSG: no descriptor with it; -ENOTTY: the descriptor is no userfaultfd; -E2BIG: more
 * regions than fit; -ECONNRESET: the peer closed in the middle; -EAGAIN: the socket is non-blocking
 * and not all is there: use poll(2) and a blocking socket instead; and as uffd_peer_check() for
 * what no content is too short for. Nothing is left open.
 */
LIBUFFD_API int uffd_peer_receive(int socket, int *uffd, uint64_t *features,
				  struct uffd_peer_region *regions, uint32_t *count);

#ifdef __cplusplus
}
#endif
#endif
