/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what arena.h says. Must never: see arena.h. */
#include "arena.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../vm/util.h"

/* A file in memory, as large as it has to be; its page size is what stat(2) calls a block. */
static int open_file(const struct rate_options *options, uint64_t *page_size)
{
	unsigned int flags = options->memory == MEMORY_HUGETLB ? MFD_HUGETLB : 0;
	int fd = memfd_create("dirty-rate", MFD_CLOEXEC | flags);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		complain_error("memfd_create", errno);
	} else {
		*page_size = (uint64_t)st.st_blksize;
		/* Where the size is no multiple of that arena_map() says so. */
		if (options->size % *page_size || ftruncate(fd, (off_t)options->size) == 0)
			return fd;
		complain_error("--size", errno);
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

int arena_map(struct arena *a, const struct rate_options *options)
{
	bool file = options->memory != MEMORY_ANON;
	int fd = -1, error = 0;

	*a = (struct arena){.size = options->size, .page_size = (uint64_t)sysconf(_SC_PAGESIZE)};
	if (file && (fd = open_file(options, &a->page_size)) < 0)
		return -1;
	a->pages = a->size / a->page_size;
	if (a->size % a->page_size == 0) {
		void *mem = mmap(NULL, a->size, PROT_READ | PROT_WRITE,
				 file ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);

		error = errno;
		a->mem = mem == MAP_FAILED ? NULL : mem;
	}
	if (fd >= 0)
		close(fd); /* the mapping keeps it */
	if (a->mem)
		return 0;
	if (!error)
		return complain_format("--size", "whole pages of %llu bytes",
				       (unsigned long long)a->page_size);
	if (options->memory == MEMORY_HUGETLB)
		return complain("--memory hugetlb", "not enough huge pages (vm.nr_hugepages)");
	return complain_error("mmap", error);
}

void arena_unmap(struct arena *a)
{
	if (a->mem)
		munmap(a->mem, a->size);
	a->mem = NULL;
}
