/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * half-client SOCKET FILE FIRST [launcher]: a VMM that hands its memory over in two parts: FIRST
 * bytes of the handshake, at most all, with the descriptor if there are any; the rest when a line
 * comes on standard input. Then it reads its memory, which has to be what FILE is. It says "sent"
 * after the first part, "right" at the end; 3: the rest could not be sent. With "launcher" the
 * process that was started connects, and ends as soon as another that it has forked has said
 * "sent".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <uffd/firecracker.h>
#include <uffd/raw.h>

#define REGIONS 4

static int launched = -1; /* where the launcher waits to be told */

struct client {
	int uffd;
	int socket;
	unsigned char *memory;
	unsigned char *content;
	size_t size;
	char text[4096];
	size_t length;
};

__attribute__((noreturn)) static void die(const char *what, int error)
{
	fprintf(stderr, "half-client: %s: %s\n", what, strerror(error));
	exit(1);
}

static void map(struct client *c, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(path, errno);
	c->size = (size_t)st.st_size;
	c->content = mmap(NULL, c->size, PROT_READ, MAP_PRIVATE, fd, 0);
	c->memory = mmap(NULL, c->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (c->content == MAP_FAILED || c->memory == MAP_FAILED)
		die("memory", errno);
	close(fd);
}

static void register_memory(struct client *c)
{
	struct uffd_peer_region regions[REGIONS];
	uint64_t length = c->size / REGIONS;
	int64_t n;

	c->uffd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);
	if (c->uffd == -EPERM || c->uffd == -ENOSYS) {
		fprintf(stderr, "half-client: userfaultfd: %s\n", strerror(-c->uffd));
		exit(77);
	}
	if (c->uffd < 0 || uffd_raw_api(c->uffd, 0, NULL, NULL) < 0)
		die("userfaultfd", errno);
	for (unsigned int i = 0; i < REGIONS; i++) {
		regions[i] = (struct uffd_peer_region){
			.address = (uintptr_t)c->memory + i * length,
			.length = length,
			.offset = i * length,
			.page_size = 4096,
		};
		if (uffd_raw_register(c->uffd, regions[i].address, length,
				      UFFDIO_REGISTER_MODE_MISSING, NULL) < 0)
			die("UFFDIO_REGISTER", errno);
	}
	n = uffd_fc_format(c->text, sizeof(c->text), regions, REGIONS, LIBUFFD_FC_1_12);
	if (n < 0)
		die("the handshake", (int)-n);
	c->length = (size_t)n;
}

static void connect_to(struct client *c, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	c->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->socket < 0 || connect(c->socket, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(path, errno);
}

static void send_part(const struct client *c, size_t from, size_t to)
{
	int ret = from < to
			  ? uffd_fdpass_send(c->socket, c->text + from, to - from, &c->uffd, !from)
			  : 0;

	if (ret == -EPIPE || ret == -ECONNRESET)
		exit(3);
	if (ret < 0)
		die("the handshake", -ret);
}

/* The server knows the process that connected. Returns in the one whose memory it is. */
static void launch(void)
{
	int ends[2];
	char byte;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe", errno);
	pid = fork();
	if (pid < 0)
		die("fork", errno);
	if (pid == 0) {
		close(ends[0]);
		launched = ends[1];
		return;
	}
	close(ends[1]);
	_exit(read(ends[0], &byte, 1) != 1);
}

int main(int argc, char **argv)
{
	struct client c;
	size_t first;

	if (argc != 4 && argc != 5)
		return 2;
	connect_to(&c, argv[1]);
	if (argc == 5)
		launch();
	map(&c, argv[2]);
	register_memory(&c);
	first = strtoul(argv[3], NULL, 10);
	if (first > c.length)
		first = c.length;
	send_part(&c, 0, first);
	puts("sent");
	fflush(stdout);
	if (launched >= 0 && write(launched, "", 1) != 1)
		return 1;
	if (getchar() == EOF)
		return 1;
	send_part(&c, first, c.length);
	if (memcmp(c.memory, c.content, c.size) != 0) {
		puts("wrong");
		return 1;
	}
	puts("right");
	return 0;
}
