/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * naive-handler SOCKET FILE [MISTAKE]: serves one VM with one page a fault, by system calls only.
 * With a mistake it is what test-vmm must notice:
 *   neighbour   of every 64th page it brings the next one's content, where that is not zeros
 *   forgetful   what was thrown away is brought from the snapshot again
 *   silent      it stops answering after 100 pages
 * It is no model of a handler: a single thread that knows no fault but the one that it answers.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct region {
	uint64_t at, length, offset;
	unsigned char *discarded; /* a byte a page of 4 KiB */
};

struct handler {
	struct region regions[16];
	unsigned int count;
	uint64_t page;
	const char *content;
	const char *mistake;
	uint64_t answered;
	int uffd;
};

static void die(const char *what)
{
	fprintf(stderr, "naive-handler: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int wait_for_vmm(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (bind(listening, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listening, 1) < 0)
		die(path);
	printf("listening\n");
	fflush(stdout);
	fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		die("accept");
	close(listening);
	return fd;
}

/* The numbers of the message, in the order in which Firecracker writes them. */
static void parse(struct handler *handler, const char *text)
{
	const char *at = text;

	handler->page = 4096;
	while ((at = strstr(at, "\"base_host_virt_addr\":"))) {
		struct region *region = &handler->regions[handler->count++];
		const char *page;

		if (sscanf(at, "\"base_host_virt_addr\":%lu,\"size\":%lu,\"offset\":%lu",
			   &region->at, &region->length, &region->offset) != 3)
			die("the message");
		page = strstr(at, "\"page_size_kib\":");
		if (page)
			handler->page = strtoull(strchr(page, ':') + 1, NULL, 10);
		region->discarded = calloc(region->length >> 12, 1);
		at++;
	}
}

static void receive(struct handler *handler, int socket)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	char text[8192];
	struct iovec iov = {text, sizeof(text) - 1};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);

	if (length <= 0 || !CMSG_FIRSTHDR(&message))
		die("recvmsg");
	text[length] = 0;
	memcpy(&handler->uffd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	parse(handler, text);
}

static struct region *region_at(struct handler *handler, uint64_t address)
{
	for (unsigned int i = 0; i < handler->count; i++)
		if (address - handler->regions[i].at < handler->regions[i].length)
			return &handler->regions[i];
	return NULL;
}

static bool is(const struct handler *handler, const char *mistake)
{
	return !strcmp(handler->mistake, mistake);
}

/* The mark of a word is in its highest byte. */
static bool has_content(const struct handler *handler, uint64_t page)
{
	return handler->content[page * handler->page + 7];
}

static void discard(struct handler *handler, uint64_t from, uint64_t to)
{
	for (; from < to; from += 4096) {
		struct region *region = region_at(handler, from);

		if (region && !is(handler, "forgetful"))
			region->discarded[(from - region->at) >> 12] = 1;
	}
}

/* false: later, when the events that it must wait for have been read. */
static bool answer(struct handler *handler, uint64_t address)
{
	static const char zeros[2 << 20];
	struct region *region = region_at(handler, address);
	uint64_t at = address & ~(handler->page - 1), page;
	struct uffdio_copy copy = {.dst = at, .len = handler->page};

	if (!region)
		die("a fault outside of all regions");
	page = (region->offset + at - region->at) / handler->page;
	if (is(handler, "neighbour") && page % 64 == 17 && has_content(handler, page + 1))
		page++;
	copy.src = (uintptr_t)handler->content + page * handler->page;
	if (region->discarded[(at - region->at) >> 12])
		copy.src = (uintptr_t)zeros;
	if (ioctl(handler->uffd, UFFDIO_COPY, &copy) == 0)
		return true;
	if (errno == EAGAIN)
		return false;
	if (errno == EEXIST) {
		struct uffdio_range range = {at, handler->page};

		ioctl(handler->uffd, UFFDIO_WAKE, &range);
	}
	return true;
}

/* Everything that is there is read before anything is answered: faults overtake events. */
static void serve(struct handler *handler)
{
	struct uffd_msg messages[64];
	uint64_t faults[1024];
	unsigned int waiting = 0, left;
	ssize_t bytes;

	for (;;) {
		struct pollfd poll_uffd = {.fd = handler->uffd, .events = POLLIN};

		poll(&poll_uffd, 1, waiting ? 0 : -1);
		while (waiting < 960 &&
		       (bytes = read(handler->uffd, messages, sizeof(messages))) > 0)
			for (size_t i = 0; i < (size_t)bytes / sizeof(messages[0]); i++) {
				const struct uffd_msg *m = &messages[i];

				if (m->event == UFFD_EVENT_PAGEFAULT)
					faults[waiting++] = m->arg.pagefault.address;
				else
					discard(handler, m->arg.remove.start, m->arg.remove.end);
			}
		left = 0;
		for (unsigned int i = 0; i < waiting; i++) {
			if (is(handler, "silent") && handler->answered++ >= 100)
				pause();
			if (!answer(handler, faults[i]))
				faults[left++] = faults[i];
		}
		waiting = left;
	}
}

int main(int argc, char **argv)
{
	struct handler handler = {.mistake = argc > 3 ? argv[3] : "none"};
	struct stat stat;
	int file, socket;

	if (argc < 3) {
		fprintf(stderr, "usage: naive-handler SOCKET FILE [MISTAKE]\n");
		return 2;
	}
	file = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (file < 0 || fstat(file, &stat) < 0)
		die(argv[2]);
	handler.content = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_SHARED, file, 0);
	if (handler.content == MAP_FAILED)
		die("mmap");
	socket = wait_for_vmm(argv[1]);
	receive(&handler, socket);
	serve(&handler);
}
