/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See uring.h: reads of files on the ring that brings the faults. */
#include "loop/uring.h"

/* Bytes; the kernel's own limit is a little below 2 GiB, and a short read goes on where it ended. */
#define MOST_AT_ONCE (UINT64_C(1) << 30)

void uring_take_read(struct poller *p, const struct io_uring_cqe *cqe)
{
	struct file_read *read = (struct file_read *)(uintptr_t)cqe->user_data;
	struct read_list *list = read->background ? &p->background : &p->waited;

	p->outstanding--;
	p->reads--;
	read->result = cqe->res;
	read->next = NULL;
	if (list->first)
		list->last->next = read;
	else
		list->first = read;
	list->last = read;
}

static struct file_read *take_first(struct read_list *list)
{
	struct file_read *read = list->first;

	if (read)
		list->first = read->next;
	return read;
}

struct file_read *uring_answered(struct poller *p)
{
	struct file_read *read = take_first(&p->waited);

	return read ? read : take_first(&p->background);
}

bool uring_read(struct poller *p, struct file_read *read)
{
	struct io_uring_sqe *sqe;

	if (!p->armed || p->cancelled)
		return false;
	sqe = uring_request(p);
	if (!sqe)
		return false;
	io_uring_prep_read(
		sqe, read->fd, read->to,
		(unsigned int)(read->length < MOST_AT_ONCE ? read->length : MOST_AT_ONCE),
		read->offset);
	sqe->user_data = (uint64_t)(uintptr_t)read;
	p->reads++;
	return true;
}
