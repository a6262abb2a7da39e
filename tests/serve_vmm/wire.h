/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: a unix socket's two calls. Must never: send more than what it is told, or wait to be read. */
#ifndef SERVE_VMM_WIRE_H
#define SERVE_VMM_WIRE_H

#include <stddef.h>

#define WIRE_FDS_MAX 4

/* A connected stream socket; -1 and errno. */
int wire_connect(const char *path);
/* One sendmsg(2) of bytes and, if count is not 0, descriptors. 0; -1 and errno. */
int wire_send(int socket, const void *bytes, size_t length, const int *fds, unsigned int count);

#endif
