/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See overwrite.h. */
#include "memory/overwrite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "memory/region.h"

bool can_overwrite(const struct uffd_region *r)
{
	return r->fd >= 0 && (r->backing->writable_file || r->alias);
}

/* /proc/self/pagemap: the one that whoever tracks the region keeps open, or one to be closed. */
static int pagemap_open(struct uffd_region *r, bool *kept)
{
	struct wp *w = atomic_load(&r->wp);

	*kept = w && atomic_load(&w->pagemap) >= 0;
	return *kept ? atomic_load(&w->pagemap) : open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
}

/* The page's entry there; 0 where that cannot be known. */
static uint64_t pagemap_entry(struct uffd_region *r, uint64_t page)
{
	uint64_t end = page + 1, address = region_address(r, page, &end), entry = 0;
	bool kept;
	int fd;

	if (!address || r->flags & LIBUFFD_REGION_FOREIGN)
		return 0;
	fd = pagemap_open(r, &kept);
	if (fd < 0)
		return 0;
	if (pread(fd, &entry, sizeof(entry),
		  (off_t)(address / (uint64_t)sysconf(_SC_PAGESIZE) * sizeof(entry))) < 0)
		entry = 0;
	if (!kept)
		close(fd);
	return entry;
}

/*
 * Documentation/admin-guide/mm/pagemap.rst: bit 63 present. Bit 62, swapped, is shown for the
 * marker of a protected page that is absent too (seen on 6.18); in shared memory it means nothing
 * else.
 */
bool is_mapped(struct uffd_region *r, uint64_t page)
{
	return pagemap_entry(r, page) >> 63;
}

uint64_t mapped_alike(struct uffd_region *r, uint64_t first, uint64_t end, bool *mapped)
{
	uint64_t entries[64], stop = end, page = first, size = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t address = region_address(r, first, &stop);
	bool kept = false;
	int fd = -1;

	*mapped = is_mapped(r, first);
	/* Of huge pages there are few. Where it cannot be known, nothing is taken for mapped. */
	if (address && region_page_size(r) == size && !(r->flags & LIBUFFD_REGION_FOREIGN))
		fd = pagemap_open(r, &kept);
	if (fd < 0) {
		while (++page < stop && is_mapped(r, page) == *mapped)
			;
		return page;
	}
	while (page < stop) {
		uint64_t want = stop - page < 64 ? stop - page : 64, i = 0, got;
		ssize_t n = pread(fd, entries, (size_t)(want * sizeof(entries[0])),
				  (off_t)((address / size + (page - first)) * sizeof(entries[0])));

		got = n > 0 ? (uint64_t)n / sizeof(entries[0]) : 0;
		while (i < got && (entries[i] >> 63) == *mapped)
			i++;
		page += i;
		if (i < want)
			break;
	}
	if (!kept)
		close(fd);
	return page > first ? page : first + 1;
}

/* mincore(2): what is in the page cache, mapped or not. */
static uint64_t cached_alike(struct uffd_region *r, uint64_t first, uint64_t end, bool *cached)
{
	uint64_t pages, stop = end, address = region_address(r, first, &stop), alike = 1;
	unsigned char there[256] = {0};

	pages = stop - first < sizeof(there) ? stop - first : sizeof(there);
	if (address &&
	    mincore((void *)(uintptr_t)address, (size_t)(pages << r->page_shift), there) < 0)
		pages = 1;
	*cached = there[0] & 1;
	while (alike < pages && (there[alike] & 1) == (there[0] & 1))
		alike++;
	return first + alike;
}

uint64_t there_alike(struct uffd_region *r, uint64_t first, uint64_t end, bool *there)
{
	/* Of a file of huge pages mincore(2) looks at the page table only. */
	if (r->backing->shared && !r->backing->huge && !(r->flags & LIBUFFD_REGION_FOREIGN))
		return cached_alike(r, first, end, there);
	return mapped_alike(r, first, end, there);
}

/* Bit 57: write-protected through userfaultfd (5.13), shown for the marker of an absent page too.
 */
bool is_protected(struct uffd_region *r, uint64_t page)
{
	return r->modes & LIBUFFD_WP && pagemap_entry(r, page) >> 57 & 1;
}

static int write_file(int fd, const uint8_t *src, uint64_t length, uint64_t offset)
{
	while (length) {
		ssize_t n = pwrite(fd, src, (size_t)length, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		src += n;
		offset += (uint64_t)n;
		length -= (uint64_t)n;
	}
	return 0;
}

static int write_zeros(struct uffd_region *r, uint64_t length, uint64_t offset)
{
	while (length) {
		uint64_t n = length < r->zeros_length ? length : r->zeros_length;
		int ret = write_file(r->fd, r->zeros, n, offset);

		if (ret < 0)
			return ret;
		offset += n;
		length -= n;
	}
	return 0;
}

/* memcpy() that says EFAULT where the source cannot be read, as a system call would. */
static int copy_checked(uint8_t *to, const uint8_t *src, uint64_t length)
{
	while (length) {
		struct iovec local = {to, (size_t)length};
		struct iovec remote = {(void *)(uintptr_t)src, (size_t)length};
		ssize_t n = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);

		if (n <= 0)
			return n < 0 ? -errno : -EFAULT;
		to += n;
		src += n;
		length -= (uint64_t)n;
	}
	return 0;
}

/* hugetlbfs: allocate first, where running out is an error and not a SIGBUS. */
static int write_alias(struct uffd_region *r, const uint8_t *src, uint64_t length, uint64_t offset)
{
	if (fallocate(r->fd, 0, (off_t)(r->fd_offset + offset), (off_t)length) < 0)
		return -errno;
	if (src)
		return copy_checked(r->alias + offset, src, length);
	memset(r->alias + offset, 0, (size_t)length);
	return 0;
}

int overwrite(struct uffd_region *r, uint64_t first, uint64_t end, const uint8_t *src)
{
	uint64_t offset = first << r->page_shift;
	uint64_t length = (end - first) << r->page_shift;

	if (!r->backing->writable_file)
		return write_alias(r, src, length, offset);
	return src ? write_file(r->fd, src, length, r->fd_offset + offset)
		   : write_zeros(r, length, r->fd_offset + offset);
}

int64_t overwrite_copy_zeros(struct uffd_region *r, uint64_t address, uint64_t length,
			     uint64_t mode)
{
	uint64_t n = length < r->zeros_length ? length : r->zeros_length;

	return uffd_raw_copy(r->ctx->fd, address, r->zeros, n, mode);
}
