/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a page of memory of any type for the probe to try things on, and where it comes from.
 * Must never: touch memory that the kernel has not said is there, or leave anything behind.
 */
#include "kernel/probe_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uffd/probe.h>

#ifndef MFD_HUGETLB
#define MFD_HUGETLB 0x0004U
#endif
#define MFD_HUGE_SIZE_SHIFT 26

#ifndef MADV_POPULATE_WRITE /* 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

#ifndef KVM_CREATE_GUEST_MEMFD /* 6.8 */
struct kvm_create_guest_memfd {
	__u64 size;
	__u64 flags;
	__u64 reserved[6];
};
#define KVM_CREATE_GUEST_MEMFD _IOWR(KVMIO, 0xd4, struct kvm_create_guest_memfd)
#endif
#ifndef KVM_CAP_GUEST_MEMFD_FLAGS /* 6.18 */
#define KVM_CAP_GUEST_MEMFD_FLAGS 244
#endif
#ifndef GUEST_MEMFD_FLAG_MMAP
#define GUEST_MEMFD_FLAG_MMAP        (1ULL << 0)
#define GUEST_MEMFD_FLAG_INIT_SHARED (1ULL << 1)
#endif

const char *uffd_backing_name(uint32_t backing)
{
	static const char *const names[LIBUFFD_BACKING_COUNT] = {
		[LIBUFFD_BACKING_ANON] = "anon",
		[LIBUFFD_BACKING_SHMEM] = "shmem",
		[LIBUFFD_BACKING_SHMEM_PRIVATE] = "shmem-private",
		[LIBUFFD_BACKING_HUGETLB] = "hugetlb",
		[LIBUFFD_BACKING_HUGETLB_PRIVATE] = "hugetlb-private",
		[LIBUFFD_BACKING_GUEST_MEMFD] = "guest_memfd",
	};

	return backing < LIBUFFD_BACKING_COUNT ? names[backing] : NULL;
}

static uint64_t base_page(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

bool probe_backing_is_hugetlb(uint32_t backing)
{
	return backing == LIBUFFD_BACKING_HUGETLB || backing == LIBUFFD_BACKING_HUGETLB_PRIVATE;
}

static bool is_private(uint32_t backing)
{
	return backing == LIBUFFD_BACKING_ANON || backing == LIBUFFD_BACKING_SHMEM_PRIVATE ||
	       backing == LIBUFFD_BACKING_HUGETLB_PRIVATE;
}

int probe_backing_check(uint32_t backing, uint64_t page_size)
{
	if (!uffd_backing_name(backing))
		return -EINVAL;
	if (page_size == 0)
		return 0;
	if (!probe_backing_is_hugetlb(backing))
		return page_size == base_page() ? 0 : -EINVAL;
	return page_size > base_page() && (page_size & (page_size - 1)) == 0 ? 0 : -EINVAL;
}

static int open_hugetlb(uint64_t page_size)
{
	unsigned int log2 = page_size ? (unsigned int)__builtin_ctzll(page_size) : 0;
	int fd =
		memfd_create("uffd-probe", MFD_CLOEXEC | MFD_HUGETLB | log2 << MFD_HUGE_SIZE_SHIFT);

	return fd < 0 ? -errno : fd;
}

/* The block size of a hugetlb file is the size of its pages. */
static int default_huge_page(uint64_t *page_size)
{
	struct stat st;
	int fd = open_hugetlb(0);
	int ret = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		ret = -errno;
	else
		*page_size = (uint64_t)st.st_blksize;
	close(fd);
	return ret;
}

static int open_vm(struct probe_backing *b)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int flags;

	if (kvm < 0)
		return -errno;
	do {
		b->vm = ioctl(kvm, KVM_CREATE_VM, 0);
	} while (b->vm < 0 && errno == EINTR);
	if (b->vm < 0) {
		int ret = -errno;

		b->vm = -1;
		close(kvm);
		return ret;
	}
	close(kvm);
	flags = ioctl(b->vm, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_MEMFD_FLAGS);
	/* A kernel without the capability has guest_memfd that nobody can map: mmap will say so. */
	if (flags > 0)
		b->gmem_flags =
			(uint64_t)flags & (GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED);
	return 0;
}

int probe_backing_open(struct probe_backing *b, uint32_t backing, uint64_t page_size)
{
	*b = (struct probe_backing){.backing = backing, .page_size = page_size, .vm = -1};
	if (probe_backing_is_hugetlb(backing))
		return page_size ? 0 : default_huge_page(&b->page_size);
	b->page_size = base_page();
	return backing == LIBUFFD_BACKING_GUEST_MEMFD ? open_vm(b) : 0;
}

void probe_backing_close(struct probe_backing *b)
{
	if (b->vm >= 0)
		close(b->vm);
	b->vm = -1;
}

/* The file behind a page, with room for one; -1 where there is none to have. */
static int open_file(const struct probe_backing *b, int *fd)
{
	struct kvm_create_guest_memfd gmem = {.size = b->page_size, .flags = b->gmem_flags};

	switch (b->backing) {
	case LIBUFFD_BACKING_ANON:
		*fd = -1;
		return 0;
	case LIBUFFD_BACKING_GUEST_MEMFD:
		*fd = ioctl(b->vm, KVM_CREATE_GUEST_MEMFD, &gmem);
		return *fd < 0 ? -errno : 0;
	case LIBUFFD_BACKING_SHMEM:
	case LIBUFFD_BACKING_SHMEM_PRIVATE:
		*fd = memfd_create("uffd-probe", MFD_CLOEXEC);
		if (*fd < 0)
			return -errno;
		break;
	default:
		*fd = open_hugetlb(b->page_size);
		if (*fd < 0)
			return *fd;
	}
	if (ftruncate(*fd, (off_t)b->page_size) < 0) {
		int ret = -errno;

		close(*fd);
		return ret;
	}
	return 0;
}

static uint8_t *map(const struct probe_backing *b, int fd, bool private)
{
	int flags = (private ? MAP_PRIVATE : MAP_SHARED) | (fd < 0 ? MAP_ANONYMOUS : 0);
	uint8_t *at;

	/*
	 * hugetlb: a reservation would be taken for each mapping, and a probe shall need one free
	 * page only. Nothing here touches a page of it that an ioctl or fallocate has not made.
	 */
	if (probe_backing_is_hugetlb(b->backing))
		flags |= MAP_NORESERVE;
	/*
	 * Accessible only once it is unlocked: under mlockall(MCL_FUTURE) mmap would fill it, and
	 * every resolver then say EEXIST.
	 */
	at = mmap(NULL, b->page_size, PROT_NONE, flags, fd, 0);
	if (at == MAP_FAILED)
		return NULL;
	/* A child made by another thread would share the page, and MOVE then say EBUSY. */
	madvise(at, b->page_size, MADV_DONTFORK);
	/* Also keeps it from growing together with a neighbour. Refused where there is no THP. */
	madvise(at, b->page_size, MADV_NOHUGEPAGE);
	if (munlock(at, b->page_size) < 0 ||
	    mprotect(at, b->page_size, PROT_READ | PROT_WRITE) < 0) {
		int error = errno;

		munmap(at, b->page_size);
		errno = error;
		return NULL;
	}
	return at;
}

int probe_page_make(struct probe_page *p, const struct probe_backing *b)
{
	int ret;

	*p = (struct probe_page){.from = b};
	ret = open_file(b, &p->fd);
	if (ret < 0)
		return ret;
	p->at = map(b, p->fd, is_private(b->backing));
	if (p->at)
		return 0;
	ret = -errno;
	if (p->fd >= 0)
		close(p->fd);
	return ret;
}

void probe_page_free(struct probe_page *p)
{
	munmap(p->at, p->from->page_size);
	if (p->fd >= 0)
		close(p->fd);
	p->at = NULL;
}

/* Makes the page in the file, so that touching a shared mapping of it cannot fail. */
static int allocate(const struct probe_page *p)
{
	off_t size = (off_t)p->from->page_size;
	int ret;

	do {
		/* The file has its size; guest_memfd takes KEEP_SIZE only. */
		ret = fallocate(p->fd, FALLOC_FL_KEEP_SIZE, 0, size) < 0 ? -errno : 0;
	} while (ret == -EINTR);
	/* hugetlb's "no space" is the pool of huge pages, which everything else calls ENOMEM. */
	return ret == -ENOSPC && probe_backing_is_hugetlb(p->from->backing) ? -ENOMEM : ret;
}

static int populate(const struct probe_page *p, uint8_t *at, const uint8_t *pattern)
{
	uint32_t backing = p->from->backing;
	int ret;

	do {
		ret = madvise(at, p->from->page_size, MADV_POPULATE_WRITE) < 0 ? -errno : 0;
	} while (ret == -EINTR);
	/* Before 5.14 there is only touching, which these two do not survive when it fails. */
	if (ret == -EINVAL && backing != LIBUFFD_BACKING_GUEST_MEMFD &&
	    backing != LIBUFFD_BACKING_HUGETLB_PRIVATE)
		ret = 0;
	/* Where a touch would have raised SIGBUS. */
	if (ret == -EFAULT && probe_backing_is_hugetlb(backing))
		ret = -ENOMEM;
	if (ret == 0)
		probe_write_pattern(at, p->from->page_size, pattern);
	return ret;
}

int probe_page_reserve(struct probe_page *p)
{
	static const uint8_t zeros[PROBE_CHUNK];

	if (probe_backing_is_hugetlb(p->from->backing))
		return allocate(p);
	/* guest_memfd can be mapped and still refuse each access, if it is not shared with us. */
	return p->from->backing == LIBUFFD_BACKING_GUEST_MEMFD ? populate(p, p->at, zeros) : 0;
}

int probe_page_fill(struct probe_page *p, const uint8_t *pattern)
{
	int ret = is_private(p->from->backing) ? 0 : allocate(p);

	return ret < 0 ? ret : populate(p, p->at, pattern);
}

int probe_page_fill_cache(struct probe_page *p, const uint8_t *pattern)
{
	uint8_t *alias;
	int ret;

	if (p->fd < 0)
		return 0;
	ret = allocate(p);
	if (ret < 0)
		return ret;
	alias = map(p->from, p->fd, false);
	if (!alias)
		return -errno;
	ret = populate(p, alias, pattern);
	munmap(alias, p->from->page_size);
	return ret;
}

void probe_write_pattern(uint8_t *at, uint64_t page_size, const uint8_t *pattern)
{
	memcpy(at, pattern, PROBE_CHUNK);
	if (page_size > PROBE_CHUNK)
		memcpy(at + page_size - PROBE_CHUNK, pattern, PROBE_CHUNK);
}
