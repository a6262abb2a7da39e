/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: uffd-serve's beginning, end and exit code.
 * Must never: be missed by a VM: what it needs to go on is held elsewhere, see hold.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <uffd/version.h>

#include "serve/server.h"
#include "serve/vm.h"

#define EXIT_OK     0
#define EXIT_FAILED 1
#define EXIT_USAGE  2

/* Otherwise a file that is opened later would have the number, and lines be written into it. */
static int open_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -1;
	return close(fd);
}

static int print(const char *text)
{
	if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
		return EXIT_OK;
	fputs("uffd-serve: standard output: writing failed\n", stderr);
	return EXIT_FAILED;
}

static int serve(const struct options *options)
{
	static struct server server; /* of threads that may outlast this function */
	int ret;

	if (server_open(&server, options) < 0)
		return EXIT_FAILED;
	ret = server_run(&server);
	if (ret < 0)
		fprintf(stderr, "uffd-serve: waiting failed: %s\n", strerror(-ret));
	server_close(&server);
	if (server.vms)
		_exit(ret < 0 ? EXIT_FAILED : EXIT_OK); /* they are in a read that does not end */
	return ret < 0 ? EXIT_FAILED : EXIT_OK;
}

int main(int argc, char **argv)
{
	struct options options;
	int ret = EXIT_USAGE;

	if (open_standard_streams() < 0)
		return EXIT_FAILED;
	switch (options_parse(&options, argc, argv)) {
	case PARSED_SERVE:
		ret = serve(&options);
		break;
	case PARSED_HELP:
		ret = print(options_usage);
		break;
	case PARSED_VERSION:
		ret = print("uffd-serve " LIBUFFD_VERSION_STRING "\n");
		break;
	case PARSED_WRONG:
		break;
	}
	options_free(&options);
	return ret;
}
