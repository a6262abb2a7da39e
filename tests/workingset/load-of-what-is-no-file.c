/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What is no regular file is -EINVAL at once, also a FIFO that nobody writes to and one that
 * somebody does; what is an empty file or something else's -EBADMSG; what is not there open(2)'s
 * error.
 */
#include "wsets.h"

#include <sys/socket.h>
#include <sys/un.h>

static void fifo(const struct place *place)
{
	int fd;

	ck_assert_int_eq(mkfifo(place->path, 0600), 0);
	load_refused(place->path, NULL, -EINVAL, "a FIFO");
	fd = open(place->path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(write(fd, "UFFDWSET", 8), 8);
	load_refused(place->path, NULL, -EINVAL, "a FIFO with something in it");
	close(fd);
	ck_assert_int_eq(unlink(place->path), 0);
}

static void local_socket(const struct place *place)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", place->path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	load_refused(place->path, NULL, -ENXIO, "a socket");
	close(fd);
	ck_assert_int_eq(unlink(place->path), 0);
}

static void load_of_what_is_no_file(void)
{
	struct place place;
	uint8_t bytes[8192];

	place_make(&place);
	load_refused(place.path, NULL, -ENOENT, "nothing");
	load_refused("", NULL, -ENOENT, "no name");
	load_refused(place.dir, NULL, -EINVAL, "a directory");
	load_refused("/dev/null", NULL, -EINVAL, "/dev/null");
	load_refused("/dev/zero", NULL, -EINVAL, "/dev/zero");
	fifo(&place);
	local_socket(&place);
	file_write(place.path, bytes, 0);
	load_refused(place.path, NULL, -EBADMSG, "an empty file");
	memset(bytes, 0, sizeof(bytes));
	file_write(place.path, bytes, sizeof(bytes));
	load_refused(place.path, NULL, -EBADMSG, "zeros");
	content_write(bytes, 0, sizeof(bytes));
	file_write(place.path, bytes, sizeof(bytes));
	load_refused(place.path, NULL, -EBADMSG, "something else");
	file_write(place.path, (const uint8_t *)"UFFDWSET", 8);
	load_refused(place.path, NULL, -EBADMSG, "a beginning");
	/* Of /proc, which says that it is a regular file of length 0. */
	load_refused("/proc/self/maps", NULL, -EBADMSG, "a file of /proc");
	place_end(&place);
}

TEST_MAIN(load_of_what_is_no_file)
