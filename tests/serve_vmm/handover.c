/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what handover.h says. Must never: send a second message. */
#include "handover.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "say.h"
#include "wire.h"

#ifndef USERFAULTFD_IOC_NEW
#define USERFAULTFD_IOC_NEW _IO(0xAA, 0x00)
#endif

/* Not for faults of user mode only: KVM touches memory from the kernel. */
static int open_uffd(void)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK), device;

	if (fd >= 0)
		return fd;
	device = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
	if (device < 0)
		return -1;
	fd = ioctl(device, USERFAULTFD_IOC_NEW, O_CLOEXEC | O_NONBLOCK);
	close(device);
	return fd;
}

static int register_memory(int uffd, const struct memory *memory, bool no_remove)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = no_remove ? 0 : UFFD_FEATURE_EVENT_REMOVE,
	};

	if (ioctl(uffd, UFFDIO_API, &api) < 0)
		return complain("UFFDIO_API", errno);
	for (unsigned int i = 0; i < memory->count; i++) {
		struct uffdio_register range = {
			.range = {(uintptr_t)memory->regions[i].at, memory->regions[i].length},
			.mode = UFFDIO_REGISTER_MODE_MISSING,
		};

		if (ioctl(uffd, UFFDIO_REGISTER, &range) < 0)
			return complain("UFFDIO_REGISTER", errno);
	}
	return 0;
}

/* As serde_json writes it: in the order of the fields, without a space. */
int handover_text(char *text, size_t size, const struct memory *memory, enum wire wire)
{
	int length = snprintf(text, size, "[");

	for (unsigned int i = 0; i < memory->count; i++) {
		const struct region *region = &memory->regions[i];

		length += snprintf(text + length, size - (size_t)length,
				   "%s{\"base_host_virt_addr\":%" PRIu64 ",\"size\":%" PRIu64
				   ",\"offset\":%" PRIu64,
				   i ? "," : "", (uint64_t)(uintptr_t)region->at, region->length,
				   region->offset);
		if (wire == WIRE_1_12)
			length += snprintf(text + length, size - (size_t)length,
					   ",\"page_size\":%" PRIu64, memory->unit);
		if (wire >= WIRE_1_7)
			/* In bytes, whatever its name says. */
			length += snprintf(text + length, size - (size_t)length,
					   ",\"page_size_kib\":%" PRIu64, memory->unit);
		length += snprintf(text + length, size - (size_t)length, "}");
	}
	return length + snprintf(text + length, size - (size_t)length, "]");
}

static int send_all(int socket, const char *text, size_t length, int uffd, bool split)
{
	size_t piece = split ? 1 : length;

	if (wire_send(socket, text, piece, &uffd, 1) < 0)
		return complain("sendmsg", errno);
	for (size_t i = piece; i < length; i += piece)
		if (wire_send(socket, text + i, piece, NULL, 0) < 0)
			return complain("sendmsg", errno);
	return 0;
}

/* A connected socket; -1: the reason was said. */
static int send_to_server(const struct options *options, const char *text, size_t length, int uffd)
{
	int socket = wire_connect(options->path);

	if (socket < 0)
		return complain(options->path, errno);
	if (send_all(socket, text, length, uffd, options->split)) {
		close(socket);
		return -1;
	}
	return socket;
}

/* Both times complete, one behind the other, as of a VMM that has lost its patience. */
static int send_twice(const struct options *options, const char *text, size_t length, int uffd)
{
	int socket = send_to_server(options, text, length, uffd), again;

	if (socket < 0 || !options->twice)
		return socket;
	again = send_to_server(options, text, length, uffd);
	if (again >= 0)
		close(again);
	return socket;
}

int handover_send(struct handover *handover, const struct memory *memory,
		  const struct options *options)
{
	char text[REGIONS_MAX * 256];
	int length = handover_text(text, sizeof(text), memory, options->wire), ret;

	handover->socket = -1;
	handover->uffd = open_uffd();
	if (handover->uffd < 0) {
		complain("userfaultfd", errno);
		return EXIT_SKIP;
	}
	ret = register_memory(handover->uffd, memory, options->no_remove);
	if (!ret)
		handover->socket = send_twice(options, text, (size_t)length, handover->uffd);
	if (handover->socket < 0) {
		handover_close(handover);
		return -1;
	}
	/* Up to 1.11 the socket is closed at once: that is no sign of the VMM's end. */
	if (options->wire < WIRE_1_12) {
		close(handover->socket);
		handover->socket = -1;
	}
	return 0;
}

void handover_close(struct handover *handover)
{
	if (handover->socket >= 0)
		close(handover->socket);
	close(handover->uffd);
}
