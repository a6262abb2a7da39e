/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Whatever is wrong with a request, it is answered, nothing of it stays open, and the next is
 * served.
 */
#include "support.h"

#include <uffd/fdpass.h>

/* Takes over by hand: the connection is the server's, for requests that hold.h does not make. */
static int become_server(const struct place *p)
{
	struct hold_message answer;
	int came, fd = visitor_connect(p);

	visitor_send(fd, HOLD_TAKE, NULL, NULL, 0);
	ck_assert_int_eq(visitor_answer(fd, &answer, &came), 0);
	close(came);
	for (uint32_t i = 0; i < answer.count; i++) {
		struct hold_message entry;

		visitor_send(fd, HOLD_NEXT, NULL, NULL, 0);
		ck_assert_int_eq(visitor_answer(fd, &entry, &came), 0);
		close(came);
	}
	return fd;
}

static void send_bytes(int socket, const void *bytes, size_t length, int fd)
{
	ck_assert_int_eq(uffd_fdpass_send(socket, bytes, length, &fd, fd >= 0), 0);
}

static void refused_of_the_server(int server, int fd)
{
	const int two[] = {fd, fd};
	struct hold_message message = {.version = HOLD_VERSION, .word = HOLD_PUT, .name = "vm-9.a"};
	char longer[sizeof(message) + 1] = {0};

	visitor_send(server, HOLD_PUT, "vm-9.a", NULL, 0);
	ck_assert_int_eq(visitor_error(server), -EINVAL);
	visitor_send(server, HOLD_PUT, "vm-9.a", two, 2);
	ck_assert_int_eq(visitor_error(server), -ENOBUFS);
	visitor_send(server, HOLD_DROP, "vm-1.uffd", &fd, 1);
	ck_assert_int_eq(visitor_error(server), -EINVAL);
	visitor_send(server, HOLD_PUT, "", &fd, 1);
	ck_assert_int_eq(visitor_error(server), -EINVAL);
	visitor_send(server, HOLD_PUT, "vm:9", &fd, 1);
	ck_assert_int_eq(visitor_error(server), -EINVAL);
	visitor_send(server, HOLD_PUT, "vm-1.uffd", &fd, 1);
	ck_assert_int_eq(visitor_error(server), -EEXIST);
	visitor_send(server, 99, "vm-9.a", &fd, 1);
	ck_assert_int_eq(visitor_error(server), -EINVAL);
	visitor_send(server, HOLD_TAKE, NULL, NULL, 0);
	ck_assert_int_eq(visitor_error(server), -EINVAL);
	send_bytes(server, &message, sizeof(message) - 1, fd);
	ck_assert_int_eq(visitor_error(server), -EMSGSIZE);
	memcpy(longer, &message, sizeof(message));
	send_bytes(server, longer, sizeof(longer), fd);
	ck_assert_int_eq(visitor_error(server), -EMSGSIZE);
	memset(message.name, 'a', sizeof(message.name)); /* no NUL */
	send_bytes(server, &message, sizeof(message), fd);
	ck_assert_int_eq(visitor_error(server), -EINVAL);
	message.version++;
	send_bytes(server, &message, sizeof(message), fd);
	ck_assert_int_eq(visitor_error(server), -EPROTONOSUPPORT);
}

/* A visitor is sent away as well. */
static void refused_of_a_visitor(const struct place *p, uint32_t word, int fd)
{
	int visitor = visitor_connect(p);

	visitor_send(visitor, word, "vm-9.a", &fd, fd >= 0);
	ck_assert_int_eq(visitor_error(visitor), -EINVAL);
	visitor_expect_end(visitor);
}

static void holder_refuses_malformed_requests(void)
{
	struct place p;
	struct hold *hold;
	int descriptors, server, visitor, fd = named_memfd("it");
	pid_t holder;

	place_make(&p);
	ck_assert_int_eq(hold_open(&hold, p.socket), 0);
	holder = hold_pid(hold);
	ck_assert_int_eq(put_named(hold, "vm-1.uffd"), 0);
	hold_close(hold);
	server = become_server(&p);
	descriptors = descriptors_of(holder);
	refused_of_the_server(server, fd);
	await_descriptors(holder, descriptors);

	refused_of_a_visitor(&p, HOLD_PUT, fd);
	refused_of_a_visitor(&p, HOLD_TAKE, fd);
	refused_of_a_visitor(&p, HOLD_NEXT, -1);
	refused_of_a_visitor(&p, HOLD_LEAVE, -1);
	visitor = visitor_connect(&p);
	send_bytes(visitor, "x", 1, fd);
	ck_assert_int_eq(visitor_error(visitor), -EMSGSIZE);
	visitor_expect_end(visitor);
	await_descriptors(holder, descriptors);

	visitor_send(server, HOLD_PUT, "vm-2.uffd", &fd, 1);
	ck_assert_int_eq(visitor_error(server), 0);
	ck_assert_int_eq(descriptors_of(holder), descriptors + 1);
	visitor_send(server, HOLD_DROP, "vm-2.uffd", NULL, 0);
	ck_assert_int_eq(visitor_error(server), 0);
	visitor_send(server, HOLD_DROP, "vm-1.uffd", NULL, 0);
	ck_assert_int_eq(visitor_error(server), 0);
	close(server);
	close(fd);
	await_end(holder);
	place_free(&p);
}

TEST_MAIN(holder_refuses_malformed_requests)
