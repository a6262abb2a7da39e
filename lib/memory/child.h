/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a process was when it forked: a picture of its regions, and its child's descriptor.
 * Must never: call malloc(3) when it is taken (util/pages.h): the process may be in fork() again.
 */
#ifndef MEMORY_CHILD_H
#define MEMORY_CHILD_H

#include <uffd/child.h>

/*
 * Takes the picture: with the context's events read and applied up to the fork, and its gate held
 * exclusive, so that no page is installed that the fork did not copy. The descriptor becomes the
 * child's. NULL: no memory, and it stays the caller's.
 */
struct uffd_child *child_make(struct uffd_ctx *ctx, int fd);

#endif
