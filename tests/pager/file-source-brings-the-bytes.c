/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A file's bytes come to the right pages, from any offset in the file, to every type of memory. */
#include "serve.h"

#define PAGES 70
#define TAIL  12345u

static void brought(struct uffd_source *source, uint32_t backing, uint32_t modes, size_t pages,
		    uint64_t offset)
{
	struct served s;

	serve(&s, backing, pages, 0, modes,
	      (struct uffd_region_opts){.source = source, .source_offset = offset});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = pages; k-- > 0;)
		ck_assert_msg(content_is(served_page(&s, k), offset + k * s.m.page, s.m.page),
			      "backing %u, offset %llu, page %zu", backing,
			      (unsigned long long)offset, k);
	serve_end(&s);
}

static void file_source_brings_the_bytes(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), length = PAGES * page + TAIL;
	uint8_t *content = content_make(length);
	char path[] = "/tmp/uffd-test-XXXXXX";
	struct uffd_source *by_path, *by_fd;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, content, length), (ssize_t)length);
	ck_assert_int_eq(uffd_source_open_file(&by_path, path, NULL), 0);
	ck_assert_int_eq(uffd_source_open_fd(&by_fd, fd, NULL), 0);
	close(fd);
	unlink(path);
	ck_assert_uint_eq(uffd_source_length(by_path), length);
	brought(by_path, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, PAGES, 0);
	/* The last page is the file's last bytes. */
	brought(by_fd, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, PAGES, TAIL);
	brought(by_path, LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING, PAGES, 1);
	brought(by_fd, LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR, PAGES, 4095);
	brought(by_path, LIBUFFD_BACKING_SHMEM_PRIVATE, LIBUFFD_MISSING, 3, 5 * page);
	uffd_source_close(by_path);
	uffd_source_close(by_fd);
	munmap(content, length);
}

TEST_MAIN(file_source_brings_the_bytes)
