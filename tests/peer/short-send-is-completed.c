/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A stream's message that is longer than the socket has room for arrives whole, on blocking and
 * non-blocking sockets, and its descriptors once. A peer that closes meanwhile is -EPIPE.
 */
#include "call.h"
#include "peer.h"

#define LENGTH (3u << 20)

static long do_send(struct call *c)
{
	return uffd_fdpass_send((int)c->offset, c->at, c->length, &c->number, 1);
}

static void send_start(struct call *c, int socket, void *bytes, int fd)
{
	*c = (struct call){
		.fn = do_send, .at = bytes, .length = LENGTH, .number = fd, .offset = socket};
	call_start(c);
	ck_assert(call_asleep(c)); /* it does not fit */
}

static void receive_all(int socket, const uint8_t *bytes, int like)
{
	uint8_t chunk[5000];
	size_t have = 0;

	while (have < LENGTH) {
		uint32_t count = 1;
		int fd;
		int64_t n = uffd_fdpass_receive(socket, chunk, sizeof(chunk), &fd, &count);

		ck_assert_int_gt(n, 0);
		ck_assert_uint_eq(count, have == 0);
		if (count) {
			ck_assert(same_file(fd, like));
			close(fd);
		}
		ck_assert_int_le(n, LENGTH - have);
		ck_assert_int_eq(memcmp(chunk, bytes + have, (size_t)n), 0);
		have += (size_t)n;
	}
}

static void arrives_whole(uint8_t *bytes, int flags)
{
	struct call c;
	int s[2];

	sockets_make(s, SOCK_STREAM);
	ck_assert_int_eq(fcntl(s[0], F_SETFL, flags), 0);
	send_start(&c, s[0], bytes, STDERR_FILENO);
	receive_all(s[1], bytes, STDERR_FILENO);
	EXPECT(call_join(&c), 0);
	close_both(s);
}

static void ends_with_its_peer(uint8_t *bytes, int flags)
{
	struct tracer t;
	struct call c;
	int s[2];

	sockets_make(s, SOCK_STREAM);
	ck_assert_int_eq(fcntl(s[0], F_SETFL, flags), 0);
	tracer_make(&t);
	send_start(&c, s[0], bytes, t.ends[1]);
	close(t.ends[1]);
	close(s[1]);
	EXPECT(call_join(&c), -EPIPE);
	tracer_end(&t);
	close(s[0]);
}

static void short_send(void)
{
	uint8_t *bytes = malloc(LENGTH);

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < LENGTH; i++)
		bytes[i] = (uint8_t)(i * 31 >> 8 ^ i);
	arrives_whole(bytes, 0);
	arrives_whole(bytes, O_NONBLOCK);
	ends_with_its_peer(bytes, 0);
	ends_with_its_peer(bytes, O_NONBLOCK);
	free(bytes);
}

TEST_MAIN(short_send)
