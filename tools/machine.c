/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: asking the machine what uffd-probe prints.
 * Must never: guess from a version, or print.
 */
#include "machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define CAP_SYS_PTRACE_BIT 19

#ifndef KVM_CAP_GUEST_MEMFD /* 6.8 */
#define KVM_CAP_GUEST_MEMFD 234
#endif
#ifndef KVM_CAP_GUEST_MEMFD_FLAGS /* 6.18 */
#define KVM_CAP_GUEST_MEMFD_FLAGS 244
#endif

const char *answer_name(int answer)
{
	const char *name;

	if (answer >= 0)
		return answer ? "yes" : "no";
#ifdef HAVE_STRERRORNAME_NP
	name = strerrorname_np(-answer);
#else
	name = strerror(-answer);
#endif
	return name ? name : "unknown error";
}

const char *guest_memfd_flag_name(unsigned int bit)
{
	static const char *const names[] = {"MMAP", "INIT_SHARED"};

	return bit < sizeof(names) / sizeof(names[0]) ? names[bit] : NULL;
}

const char *seccomp_name(int mode)
{
	static const char *const names[] = {"off", "strict", "filter"};

	return mode >= 0 && mode < 3 ? names[mode] : "unknown";
}

/* The first line of a file; false if there is none. */
static bool line_from(const char *path, char *line, int size)
{
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f)
		return false;
	ok = fgets(line, size, f) != NULL;
	fclose(f);
	return ok;
}

long number_from(const char *path)
{
	char line[64];

	errno = EIO;
	return line_from(path, line, sizeof(line)) ? strtol(line, NULL, 0) : -errno;
}

/* "always [madvise] never": the word in brackets. */
static void chosen_from(const char *path, char *word, size_t size)
{
	char line[256], *open, *close;

	word[0] = '\0';
	if (!line_from(path, line, sizeof(line)))
		return;
	open = strchr(line, '[');
	close = open ? strchr(open, ']') : NULL;
	if (close)
		snprintf(word, size, "%.*s", (int)(close - open - 1), open + 1);
}

static void ask_process(struct process *p)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long long effective;
	char line[256];

	*p = (struct process){.uid = geteuid(), .cap_sys_ptrace = -ENOENT, .seccomp = -ENOENT};
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "CapEff: %llx", &effective) == 1)
			p->cap_sys_ptrace = (int)(effective >> CAP_SYS_PTRACE_BIT & 1);
		sscanf(line, "Seccomp: %d", &p->seccomp);
	}
	fclose(f);
}

static long pool_number(const char *pool, const char *what)
{
	char path[512];

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/%s/%s", pool, what);
	return number_from(path);
}

static int by_page_size(const void *a, const void *b)
{
	const struct huge_pool *x = a, *y = b;

	return (x->page_size > y->page_size) - (x->page_size < y->page_size);
}

static void ask_pools(struct machine *m)
{
	DIR *dir = opendir("/sys/kernel/mm/hugepages");
	unsigned long long kilobytes;
	struct dirent *d;

	if (!dir)
		return;
	while (m->pool_count < MAX_POOLS && (d = readdir(dir))) {
		if (sscanf(d->d_name, "hugepages-%llukB", &kilobytes) != 1)
			continue;
		m->pools[m->pool_count++] = (struct huge_pool){
			.page_size = kilobytes << 10,
			.total = pool_number(d->d_name, "nr_hugepages"),
			.free = pool_number(d->d_name, "free_hugepages"),
			.reserved = pool_number(d->d_name, "resv_hugepages"),
			.overcommit = pool_number(d->d_name, "nr_overcommit_hugepages"),
		};
	}
	closedir(dir);
	qsort(m->pools, (size_t)m->pool_count, sizeof(m->pools[0]), by_page_size);
}

static void ask_memory(struct machine *m, uint32_t backing, uint64_t page_size)
{
	struct memory_row *row = &m->rows[m->row_count++];

	row->backing = backing;
	row->can.size = sizeof(row->can);
	row->error = uffd_probe_memory(backing, page_size, &row->can);
	if (row->error < 0)
		row->can.page_size = page_size;
}

static void ask_memories(struct machine *m)
{
	ask_memory(m, LIBUFFD_BACKING_ANON, 0);
	ask_memory(m, LIBUFFD_BACKING_SHMEM, 0);
	ask_memory(m, LIBUFFD_BACKING_SHMEM_PRIVATE, 0);
	for (int i = 0; i < m->pool_count; i++)
		ask_memory(m, LIBUFFD_BACKING_HUGETLB, m->pools[i].page_size);
	if (m->pool_count == 0) /* no sysfs, or no huge pages: let the kernel say which */
		ask_memory(m, LIBUFFD_BACKING_HUGETLB, 0);
	ask_memory(m, LIBUFFD_BACKING_HUGETLB_PRIVATE, 0);
	ask_memory(m, LIBUFFD_BACKING_GUEST_MEMFD, 0);
}

static int ask_pagemap_scan(const struct machine *m)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	struct page_region region;
	struct pm_scan_arg arg = {
		.vec = (uintptr_t)&region,
		.vec_len = 1,
		.category_mask = PAGE_IS_PRESENT,
		.return_mask = PAGE_IS_PRESENT,
	};
	int64_t found;

	if (fd < 0)
		return -errno;
	/* The page that region stands in is there. */
	arg.start = (uintptr_t)&region & ~(m->page_size - 1);
	arg.end = arg.start + m->page_size;
	found = uffd_raw_pagemap_scan(fd, &arg);
	close(fd);
	return found < 0 ? (int)found : found == 1;
}

static void ask_kvm(struct kvm_level *k)
{
	struct stat st;
	int fd;

	k->present = stat("/dev/kvm", &st) < 0 ? -errno : 1;
	fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	k->openable = fd < 0 ? -errno : 1;
	if (fd < 0) {
		k->api_version = k->guest_memfd = k->openable;
		return;
	}
	k->api_version = ioctl(fd, KVM_GET_API_VERSION, 0);
	k->guest_memfd = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_MEMFD) > 0;
	k->guest_memfd_flags = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_MEMFD_FLAGS);
	if (k->guest_memfd_flags < 0)
		k->guest_memfd_flags = 0;
	close(fd);
}

void machine_ask(struct machine *m)
{
	struct utsname name;

	memset(m, 0, sizeof(*m));
	if (uname(&name) == 0) {
		snprintf(m->release, sizeof(m->release), "%.64s", name.release);
		snprintf(m->arch, sizeof(m->arch), "%.64s", name.machine);
	}
	m->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	m->features_error = uffd_raw_features(&m->features);
	ways_ask(&m->ways);
	ask_process(&m->process);
	ask_pools(m);
	chosen_from("/sys/kernel/mm/transparent_hugepage/enabled", m->thp, sizeof(m->thp));
	chosen_from("/sys/kernel/mm/transparent_hugepage/shmem_enabled", m->shmem_thp,
		    sizeof(m->shmem_thp));
	ask_memories(m);
	m->pagemap_scan = ask_pagemap_scan(m);
	m->uring.disabled = (int)number_from("/proc/sys/kernel/io_uring_disabled");
	uring_ask(&m->uring);
	ask_kvm(&m->kvm);
}

bool machine_works(const struct machine *m)
{
	for (int i = 0; i < m->row_count; i++) {
		const struct uffd_memory_abilities *can = &m->rows[i].can;

		if (m->rows[i].error == 0 && (can->missing == 1 || can->minor == 1 || can->wp == 1))
			return true;
	}
	return false;
}
