/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * bad-client SOCKET CASE: a client whose handshake must be refused, and only that: everything else
 * in it is right. It says "sent", then "refused" and ends with 0 when the server has closed the
 * connection, or with 3 if it has not within five seconds. One that stays on ends when it is
 * killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "wire.h"

#define REGION(address, size, offset)                                                              \
	"{\"base_host_virt_addr\":" address ",\"size\":" size ",\"offset\":" offset
#define PAGES(bytes, kib) ",\"page_size\":" bytes ",\"page_size_kib\":" kib "}"
#define AT                "139637976727552" /* a multiple of 4096 in nobody's way */
#define GOOD              REGION(AT, "4096", "0") PAGES("4096", "4096")
#define BEHIND            REGION("139639050469376", "4096", "0") PAGES("4096", "4096")

/* Which descriptors come with it. */
enum descriptors { UFFD, NO_FD, TWO_FDS, FILE_FD, FRESH_UFFD, LINGERING_FD };
/* What it does then. */
enum after { STAYS, LEAVES, STAYS_ON };

struct bad {
	const char *name;
	const char *text; /* NULL: made by hand */
	enum descriptors descriptors;
	enum after after;
};

static const struct bad bad[] = {
	{"not-json", "hello", UFFD, STAYS},
	{"not-an-array", GOOD, UFFD, STAYS},
	{"not-objects", "[1,2,3]", UFFD, STAYS},
	{"something-behind", "[" GOOD "]]", UFFD, STAYS},
	{"no-regions", "[]", UFFD, STAYS},
	{"text-for-a-number", "[" REGION("\"" AT "\"", "4096", "0") PAGES("4096", "4096") "]", UFFD,
	 STAYS},
	{"no-number", "[" REGION(AT, "null", "0") PAGES("4096", "4096") "]", UFFD, STAYS},
	{"a-field-is-missing", "[{\"base_host_virt_addr\":" AT ",\"offset\":0}]", UFFD, STAYS},
	{"negative", "[" REGION(AT, "-4096", "0") PAGES("4096", "4096") "]", UFFD, STAYS},
	{"not-whole", "[" REGION(AT, "4096.5", "0") PAGES("4096", "4096") "]", UFFD, STAYS},
	{"beyond-64-bits", "[" REGION(AT, "4096", "18446744073709551616") PAGES("4096", "4096") "]",
	 UFFD, STAYS},
	{"wraps", "[" REGION("18446744073709547520", "8192", "0") PAGES("4096", "4096") "]", UFFD,
	 STAYS},
	{"overlap", "[" GOOD "," GOOD "]", UFFD, STAYS},
	{"past-the-file", "[" REGION(AT, "4096", "1099511627776") PAGES("4096", "4096") "]", UFFD,
	 STAYS},
	{"more-than-the-file", "[" REGION(AT, "8388608", "0") PAGES("4096", "4096") "," BEHIND "]",
	 UFFD, STAYS},
	{"page-sizes-contradict", "[" REGION(AT, "4096", "0") PAGES("4096", "2097152") "]", UFFD,
	 STAYS},
	{"odd-page-size", "[" REGION(AT, "4096", "0") PAGES("5000", "5000") "]", UFFD, STAYS},
	{"unaligned", "[" REGION("139637976727553", "4096", "0") PAGES("4096", "4096") "]", UFFD,
	 STAYS},
	{"too-long", NULL, UFFD, STAYS},
	{"no-descriptor", "[" GOOD "]", NO_FD, STAYS},
	{"two-descriptors", "[" GOOD "]", TWO_FDS, STAYS},
	{"a-file", "[" GOOD "]", FILE_FD, STAYS},
	{"no-uffdio-api", "[" GOOD "]", FRESH_UFFD, STAYS},
	{"not-registered", "[" GOOD "]", UFFD, STAYS},
	{"says-nothing", "", NO_FD, STAYS},
	{"says-a-byte", "[", NO_FD, STAYS},
	{"says-half", "[" REGION(AT, "4096", "0"), UFFD, STAYS},
	{"large-pages-that-are-small", NULL, UFFD, STAYS},
	{"lingers", "[" GOOD "]", LINGERING_FD, STAYS_ON},
	{"leaves-at-once", "", NO_FD, LEAVES},
	{"leaves-in-the-middle", "[" REGION(AT, "4096", "0"), UFFD, LEAVES},
};

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "bad-client: %s: %s\n", what, strerror(errno));
	exit(1);
}

static const struct bad *find(const char *name)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!strcmp(bad[i].name, name))
			return &bad[i];
	fprintf(stderr, "bad-client: no such case: %s\n", name);
	exit(2);
}

static int open_uffd(bool shake_hands)
{
	struct uffdio_api api = {.api = UFFD_API};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		fprintf(stderr, "bad-client: userfaultfd: %s\n", strerror(errno));
		exit(77);
	}
	if (shake_hands && ioctl(fd, UFFDIO_API, &api) < 0)
		die("UFFDIO_API");
	return fd;
}

/* A TCP socket that has more to send than its peer takes, and an hour for that when it is closed. */
static int open_lingering(void)
{
	static const char bytes[65536];
	const struct linger hour = {.l_onoff = 1, .l_linger = 3600};
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(listening, (struct sockaddr *)&at, size) < 0 || listen(listening, 1) < 0 ||
	    getsockname(listening, (struct sockaddr *)&at, &size) < 0 ||
	    connect(fd, (struct sockaddr *)&at, size) < 0 || accept(listening, NULL, NULL) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hour, sizeof(hour)) < 0)
		die("a TCP socket");
	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	return fd;
}

static unsigned int descriptors_of(const struct bad *client, int fds[2])
{
	switch (client->descriptors) {
	case NO_FD:
		return 0;
	case FILE_FD:
		fds[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
		return 1;
	case TWO_FDS:
		fds[0] = open_uffd(true);
		fds[1] = open_uffd(true);
		return 2;
	case LINGERING_FD:
		fds[0] = open_lingering();
		return 1;
	default:
		fds[0] = open_uffd(client->descriptors == UFFD);
		return 1;
	}
}

/* An array that never ends, of more than a handshake's 64 KiB. The server may refuse the rest. */
static void send_too_long(int socket, int uffd)
{
	static char text[100000];

	memset(text, ' ', sizeof(text));
	text[0] = '[';
	if (wire_send(socket, text, sizeof(text), &uffd, 1) < 0 && errno != EPIPE &&
	    errno != ECONNRESET && errno != EMSGSIZE)
		die("sendmsg");
}

/* Memory of small pages, which is said to be of large ones. Everything else of it is right. */
static void send_large_pages(int socket, int uffd)
{
	const uint64_t large = UINT64_C(2) << 20;
	uint64_t at = (uint64_t)(uintptr_t)mmap(NULL, 2 * large, PROT_READ | PROT_WRITE,
						MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct uffdio_register memory = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	char text[200];

	at = (at + large - 1) / large * large;
	memory.range = (struct uffdio_range){at, large};
	if (ioctl(uffd, UFFDIO_REGISTER, &memory) < 0)
		die("UFFDIO_REGISTER");
	snprintf(text, sizeof(text),
		 "[{\"base_host_virt_addr\":%" PRIu64 ",\"size\":%" PRIu64
		 ",\"offset\":0,\"page_size\":%" PRIu64 "}]",
		 at, large, large);
	if (wire_send(socket, text, strlen(text), &uffd, 1) < 0)
		die("sendmsg");
}

static void send_bad(int socket, const struct bad *client)
{
	int fds[2];
	unsigned int count = descriptors_of(client, fds);

	if (!strcmp(client->name, "too-long"))
		send_too_long(socket, fds[0]);
	else if (!client->text)
		send_large_pages(socket, fds[0]);
	else if (*client->text &&
		 wire_send(socket, client->text, strlen(client->text), fds, count) < 0)
		die("sendmsg");
	for (unsigned int i = 0; i < count; i++)
		close(fds[i]);
}

int main(int argc, char **argv)
{
	struct timeval patience = {.tv_sec = 5};
	const struct bad *client;
	int socket;
	char byte;

	if (argc != 3) {
		fprintf(stderr, "usage: bad-client SOCKET CASE\n");
		return 2;
	}
	client = find(argv[2]);
	socket = wire_connect(argv[1]);
	if (socket < 0)
		die(argv[1]);
	send_bad(socket, client);
	printf("sent\n");
	fflush(stdout);
	if (client->after == LEAVES)
		return 0;
	setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* The server never says anything: what comes is the end. */
	if (recv(socket, &byte, 1, 0) < 0 && errno != ECONNRESET) {
		fprintf(stderr, "bad-client: it was not refused\n");
		return 3;
	}
	printf("refused\n");
	fflush(stdout);
	while (client->after == STAYS_ON)
		pause();
	return 0;
}
