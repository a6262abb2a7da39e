/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the question what a descriptor that came from elsewhere is.
 * Must never: change it, or take its word for it.
 */
#ifndef KERNEL_INSPECT_H
#define KERNEL_INSPECT_H

/*
 * The flags of fd, as F_GETFL tells them, if it is a userfaultfd whose handshake is done. -EBADF:
 * no descriptor; -ENOTTY: not a userfaultfd; -EPROTO: no handshake; and what readlink(2) says of
 * /proc.
 */
int inspect_userfaultfd(int fd);

#endif
