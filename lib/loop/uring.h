/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the io_uring poller is made of: a ring, a ring of buffers, reads that have ended.
 * Must never: be included by anything but the poller's own files.
 */
#ifndef LOOP_URING_H
#define LOOP_URING_H

#include <liburing.h>

#include "loop/poller.h"
#include "memory/context.h"

/* Linux 6.7; liburing 2.3 has neither the number nor a helper. */
#define OP_READ_MULTISHOT 49

#define PER_BUFFER   32u /* messages */
#define BUFFER_GROUP 0

/* What a completion is of; anything else is the address of its file_read. */
enum { TAG_FAULTS = 1, TAG_WAKE, TAG_CANCEL, TAG_LAST = TAG_CANCEL };

/* First in, first out. */
struct read_list {
	struct file_read *first;
	struct file_read *last;
};

struct poller {
	struct poller_target target;
	_Atomic int announce; /* an eventfd for somebody else's loop, -1: none asked for */
	struct io_uring ring;
	bool made;  /* the ring exists */
	bool armed; /* and its requests are under way */
	bool multishot;
	int error; /* of the userfaultfd, that ends the loop; 0: none */
	bool cancelled;           /* disarm() has asked for the end */
	unsigned int outstanding; /* requests that have not ended */
	unsigned int reads;       /* ... that are reads of files */
	struct read_list waited;  /* reads that have ended, and somebody waits for */
	struct read_list background;
	bool asks_for_faults; /* the request for messages is under way, or about to be */
	bool asks_for_wake;   /* ... and the one for wake-ups */
	struct io_uring_buf_ring *buf_ring;
	size_t buf_ring_size;
	struct uffd_msg (*buffers)[PER_BUFFER];

	/* the buffer that is being handed out */
	int current; /* -1: none */
	unsigned int next;
	unsigned int count;
};

/* uring_ring.c */

/* Makes the ring, disabled until uring_enable() in the thread that will be its single issuer. */
int uring_make(struct poller *p);
int uring_enable(struct poller *p);
void uring_unmake(struct poller *p);
/* Hands a buffer of messages back to the kernel. */
void uring_give_buffer(struct poller *p, unsigned int id);
/* A request to be filled, counted as outstanding; NULL: the kernel takes no more now. */
struct io_uring_sqe *uring_request(struct poller *p);

/* uring_reads.c */

bool uring_read(struct poller *p, struct file_read *read);
struct file_read *uring_answered(struct poller *p);
/* The completion of a read. */
void uring_take_read(struct poller *p, const struct io_uring_cqe *cqe);

#endif
