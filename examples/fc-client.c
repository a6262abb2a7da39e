/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * fc-client SOCKET FILE [--huge]: what a VMM does to have its guest's memory served by another
 * process, say `uffd-serve --socket SOCKET --memory FILE`: map, register, send, and then just run.
 * Where a VMM would enter its guest, this program touches every page and compares it with FILE;
 * then it throws pages away, as a balloon does, and finds zeros there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
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

#define REGIONS 2

struct client {
	int file;
	int uffd;
	int socket;
	uint64_t page; /* bytes */
	struct uffd_peer_region regions[REGIONS];
};

static void die(const char *what, int error)
{
	fprintf(stderr, "fc-client: %s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(1);
}

/*
 * Guest memory is private and anonymous, of the page size that the guest was saved with, and
 * nothing is written to it: what is there before the guest runs would stay. In two regions, as a
 * guest has them that is larger than the gap below 4 GiB leaves room for.
 */
static void map_memory(struct client *client)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	uint64_t offset = 0, pages;
	struct stat stat;

	if (fstat(client->file, &stat) < 0)
		die("the snapshot", errno);
	pages = (uint64_t)stat.st_size / client->page;
	if (pages < REGIONS)
		die("the snapshot has not a page for each region", EINVAL);
	if (client->page > 4096)
		/* Reserved, so that a page that the server copies cannot fail for want of one. */
		flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 21 << MAP_HUGE_SHIFT;
	for (unsigned int i = 0; i < REGIONS; i++) {
		uint64_t length = (i ? pages - pages / 2 : pages / 2) * client->page;
		void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, flags, -1, 0);

		if (at == MAP_FAILED)
			die("the guest's memory", errno);
		client->regions[i] = (struct uffd_peer_region){
			.address = (uintptr_t)at,
			.length = length,
			.offset = offset,
			.page_size = client->page,
		};
		offset += length;
	}
}

/*
 * O_NONBLOCK, because a blocking userfaultfd cannot be polled. Not UFFD_USER_MODE_ONLY, because KVM
 * touches guest memory from the kernel. And EVENT_REMOVE, because there is a balloon: without it
 * the server would not hear of pages thrown away and bring them back with the snapshot's content.
 */
static void register_memory(struct client *client)
{
	int ret;

	client->uffd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);
	if (client->uffd < 0)
		die("userfaultfd", client->uffd);
	ret = uffd_raw_api(client->uffd, UFFD_FEATURE_EVENT_REMOVE, NULL, NULL);
	if (ret < 0)
		die("userfaultfd's handshake", ret);
	for (unsigned int i = 0; i < REGIONS; i++) {
		ret = uffd_raw_register(client->uffd, client->regions[i].address,
					client->regions[i].length, UFFDIO_REGISTER_MODE_MISSING,
					NULL);
		if (ret < 0)
			die("registering the guest's memory", ret);
	}
}

/*
 * Two descriptors stay open as long as the guest runs. The userfaultfd: should the server die, a
 * fault then waits for the next one to take over; with the last descriptor closed, the kernel would
 * fill what is missing with zeros instead, and the guest would not notice. And the socket, by which
 * the server knows who we are; nothing more is ever said on it.
 */
static void send_to(struct client *client, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int ret;

	if (strlen(path) >= sizeof(address.sun_path))
		die(path, ENAMETOOLONG);
	strcpy(address.sun_path, path);
	client->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->socket < 0)
		die("socket", errno);
	if (connect(client->socket, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(path, errno);
	ret = uffd_fc_send(client->socket, client->uffd, client->regions, REGIONS, LIBUFFD_FC_1_12);
	if (ret < 0)
		die("sending the memory", ret);
}

/* The guest, if there were one. There is no answer to wait for: the first fault may come at once. */
static bool touch_and_verify(const struct client *client, const struct uffd_peer_region *region)
{
	const unsigned char *memory = (const unsigned char *)(uintptr_t)region->address;
	static unsigned char content[65536];

	for (uint64_t done = 0; done < region->length; done += sizeof(content)) {
		uint64_t left = region->length - done;
		size_t size = left < sizeof(content) ? (size_t)left : sizeof(content);
		ssize_t got = pread(client->file, content, size, (off_t)(region->offset + done));

		if (got != (ssize_t)size)
			die("the snapshot", got < 0 ? errno : EIO);
		if (memcmp(memory + done, content, size) != 0)
			return false;
	}
	return true;
}

/* madvise() returns when the server knows; what is touched again is zeros. */
static bool balloon_and_verify(const struct uffd_peer_region *region)
{
	volatile unsigned char *memory = (unsigned char *)(uintptr_t)region->address;

	if (madvise((void *)(uintptr_t)region->address, region->page_size, MADV_DONTNEED) < 0)
		die("madvise", errno);
	for (uint64_t i = 0; i < region->page_size; i++)
		if (memory[i])
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct client client = {.page = 4096};
	uint64_t bytes = 0;

	if (argc == 4 && !strcmp(argv[3], "--huge")) {
		client.page = UINT64_C(2) << 20;
	} else if (argc != 3) {
		fprintf(stderr, "usage: fc-client SOCKET FILE [--huge]\n");
		return 2;
	}
	client.file = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (client.file < 0)
		die(argv[2], errno);

	map_memory(&client);
	register_memory(&client);
	send_to(&client, argv[1]);
	for (unsigned int i = 0; i < REGIONS; i++) {
		if (!touch_and_verify(&client, &client.regions[i]))
			die("a page has not the snapshot's content", EILSEQ);
		if (!balloon_and_verify(&client.regions[i]))
			die("a page that was thrown away is not zeros", EILSEQ);
		bytes += client.regions[i].length;
	}
	printf("%llu bytes as in the snapshot, and zeros where they were thrown away\n",
	       (unsigned long long)bytes);

	/* The guest has ended: only now may the descriptors go, and the memory before them. */
	for (unsigned int i = 0; i < REGIONS; i++)
		munmap((void *)(uintptr_t)client.regions[i].address, client.regions[i].length);
	close(client.uffd);
	close(client.socket);
	close(client.file);
	return 0;
}
