/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A child: what a process was when it forked. Its memory is a copy of its parent's, with the same
 * ranges registered with a userfaultfd of its own, and what had not been filled must be filled
 * there as well. It comes with an event (LIBUFFD_LOOP_CHILDREN), as it was at that moment: what
 * happens to the parent's memory afterwards is not in it. A region that is removed before the event
 * has been read is not the child's, and one that another thread was just moving may have no content
 * in the child, whose accesses there are SIGBUS. See uffd_container(7).
 */
#ifndef UFFD_CHILD_H
#define UFFD_CHILD_H

#include <uffd/context.h>
#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct uffd_child;

/* The child's userfaultfd; it stays the child's. -EINVAL: NULL. Any thread. Since 0.1. */
LIBUFFD_API int uffd_child_fd(const struct uffd_child *child);

/*
 * Makes a context of the child, with the parent's features and a region for each of the parent's:
 * the same offsets, addresses, source or fault callback, user pointer (whose user_free belongs to
 * the parent's region alone, so it must outlive both), and the page states of that moment. What was
 * being filled then is asked for again. Regions of the child are FOREIGN and REGISTERED; writes to
 * them are not tracked. opts as for uffd_ctx_adopt(), its flags 0: the parent's hold; NULL: with
 * the parent's log and buffers. The child is consumed on success only. Add a loop to serve it.
 *
 * 0; -EOPNOTSUPP: a region is shared memory, whose pages parent and child have in common: one
 * context cannot tell what the other is writing there; -ESRCH: the child's process is gone;
 * -EINVAL: NULL, flags, and as uffd_ctx_adopt(); -ENOMEM. Not in the thread that dispatches the
 * parent's loop where that serves its own process: it allocates. Any other. Since 0.1.
 */
LIBUFFD_API int uffd_child_adopt(struct uffd_ctx **ctx, struct uffd_child *child,
				 const struct uffd_ctx_opts *opts);

/*
 * Gives a child up: closes its descriptor, and what was not filled in it becomes zeros. NULL is
 * allowed. Any thread. Since 0.1.
 */
LIBUFFD_API void uffd_child_drop(struct uffd_child *child);

#ifdef __cplusplus
}
#endif
#endif
