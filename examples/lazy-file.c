/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * lazy-file FILE: memory whose content is a file, brought page by page as it is touched. The set-up
 * is ten lines; the rest adds the file's bytes up through that memory and by read(2), and compares.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uffd.h>

static void die(const char *what, int error)
{
	fprintf(stderr, "lazy-file: %s: %s\n", what, strerror(-error));
	exit(1);
}

static void or_die(int ret, const char *what)
{
	if (ret < 0)
		die(what, ret);
}

static uint64_t sum_by_read(const char *path, uint64_t length)
{
	unsigned char buffer[65536];
	uint64_t sum = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (length && (n = read(fd, buffer, sizeof(buffer))) > 0) {
		if ((uint64_t)n > length)
			n = (ssize_t)length;
		for (ssize_t i = 0; i < n; i++)
			sum += buffer[i];
		length -= (uint64_t)n;
	}
	close(fd);
	return sum;
}

int main(int argc, char **argv)
{
	struct uffd_ctx_opts user_mode = {.size = sizeof(user_mode),
					  .flags = LIBUFFD_CTX_USER_MODE_ONLY};
	struct uffd_region_opts opts = {.size = sizeof(opts)};
	struct uffd_stats stats = {.size = sizeof(stats)};
	struct uffd_ctx *ctx;
	struct uffd_source *source;
	struct uffd_region *region;
	struct uffd_loop *loop;
	uint64_t length, sum = 0;
	unsigned char *mem;

	if (argc != 2) {
		fprintf(stderr, "usage: lazy-file FILE\n");
		return 2;
	}

	/* The ten lines. */
	or_die(uffd_ctx_open(&ctx, &user_mode), "userfaultfd");
	or_die(uffd_source_open_file(&source, argv[1], NULL), argv[1]);
	length = uffd_source_length(source) & ~UINT64_C(4095); /* whole pages */
	mem = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		die("the file has no whole page, or mmap", -22);
	opts.source = source;
	or_die(uffd_region_add(&region, ctx, mem, length, LIBUFFD_MISSING, &opts), "region");
	or_die(uffd_loop_start(&loop, ctx, NULL), "loop");

	for (uint64_t i = 0; i < length; i++)
		sum += mem[i];

	or_die(uffd_ctx_stats(ctx, &stats), "stats");
	printf("%llu bytes, %llu faults, %llu pages with their neighbours\n",
	       (unsigned long long)length, (unsigned long long)stats.faults_missing,
	       (unsigned long long)(stats.pages_fault + stats.pages_around));
	or_die(uffd_loop_close(loop), "loop");
	or_die(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), "pages were left unfilled");
	uffd_source_close(source);
	munmap(mem, length);

	if (sum != sum_by_read(argv[1], length)) {
		fprintf(stderr, "lazy-file: the sums differ\n");
		return 1;
	}
	printf("the same bytes as read(2) gives\n");
	return 0;
}
