/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A TCP socket that has more to send than its peer takes, and an hour for that when it is closed. */
#ifndef SERVE_HOLD_LINGERING_H
#define SERVE_HOLD_LINGERING_H

#include "test.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct lingering {
	int socket;
	int other; /* of its peer */
	size_t sent;
};

static inline void lingering_make(struct lingering *l)
{
	static const char bytes[65536];
	const struct linger hour = {.l_onoff = 1, .l_linger = 3600};
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(at);
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t n;

	ck_assert_int_eq(bind(listening, (struct sockaddr *)&at, size), 0);
	ck_assert_int_eq(listen(listening, 1), 0);
	ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&at, &size), 0);
	l->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(l->socket, (struct sockaddr *)&at, size), 0);
	l->other = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(l->other, 0);
	close(listening);
	l->sent = 0;
	while ((n = send(l->socket, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		l->sent += (size_t)n;
	ck_assert_int_eq(setsockopt(l->socket, SOL_SOCKET, SO_LINGER, &hour, sizeof(hour)), 0);
}

#endif
