/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a type of memory can do with userfaultfd, found by doing it and looking at the result.
 * Must never: believe a version, a feature bit or an advertised ioctl; block; leak a descriptor or
 * a mapping on any path.
 *
 * How it cannot block: its userfaultfd has UFFD_FEATURE_SIGBUS, so an access to an absent page of a
 * registered range is an error and not a wait, and all looking is done by the kernel (a pipe reads
 * from the page or writes to it), for which that error is EFAULT and not a signal. The same makes
 * absence visible: a page of zeros that can be read was really mapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uffd/probe.h>
#include <uffd/raw.h>

#include "kernel/probe_memory.h"
#include "util/options.h"

struct probe {
	struct probe_backing backing;
	int uffd;
	int pipe[2];
	uint8_t *source;         /* memory of the page's size for COPY */
	struct probe_page donor; /* for MOVE */
	uint8_t pattern[PROBE_CHUNK];
};

static const uint8_t zeros[PROBE_CHUNK];

static bool is_shortage(int error)
{
	return error == -EMFILE || error == -ENFILE;
}

/*
 * USER_MODE_ONLY first: it needs no privilege, and nothing here needs more. Too few descriptors is
 * said as such, not hidden behind what another way answers.
 */
static int open_any(void)
{
	int flags = O_CLOEXEC | O_NONBLOCK;
	int fd = uffd_raw_open_syscall(flags | UFFD_USER_MODE_ONLY);
	struct uffd_open_report report;

	if (fd >= 0 || is_shortage(fd))
		return fd;
	fd = uffd_raw_open(flags, &report);
	return fd < 0 && is_shortage(report.device_error) ? report.device_error : fd;
}

/* With the first of the sets of features that the kernel takes. */
static int open_uffd(const uint64_t *sets, int count)
{
	int fd = open_any();
	int ret = -EINVAL;

	if (fd < 0)
		return fd;
	/* After a failed handshake the same descriptor may try again. */
	for (int i = 0; i < count && ret == -EINVAL; i++)
		ret = uffd_raw_api(fd, sets[i], NULL, NULL);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	return fd;
}

/* 1: the page has the chunk at its head and its tail; 0: other bytes; -EFAULT: not accessible. */
static int page_holds(const struct probe *p, const uint8_t *at, const uint8_t *chunk)
{
	const uint8_t *ends[2] = {at, at + p->backing.page_size - PROBE_CHUNK};
	uint8_t got[PROBE_CHUNK];

	for (int i = 0; i < 2; i++) {
		ssize_t n = write(p->pipe[1], ends[i], PROBE_CHUNK);

		if (n < 0)
			return -errno;
		if (read(p->pipe[0], got, PROBE_CHUNK) != n || n != PROBE_CHUNK)
			return 0;
		if (memcmp(got, chunk, PROBE_CHUNK) != 0)
			return 0;
	}
	return 1;
}

/* 0: one byte could be written to the page; -EFAULT: not accessible, or protected. */
static int page_accepts(const struct probe *p, uint8_t *at)
{
	uint8_t byte = 1;
	int ret = 0;

	if (write(p->pipe[1], &byte, 1) != 1)
		return -errno;
	if (read(p->pipe[0], at, 1) != 1) {
		ret = -errno;
		/* It stayed in the pipe. */
		if (read(p->pipe[0], &byte, 1) != 1)
			return -EIO;
	}
	return ret;
}

/* One thing to try on a page: registered in a mode, prepared before, asked for, looked at after. */
struct attempt {
	uint64_t mode;
	int (*prepare)(struct probe *p, struct probe_page *page);
	int64_t (*ask)(const struct probe *p, uint64_t at);
	bool (*prove)(const struct probe *p, struct probe_page *page);
};

static bool has_pattern(const struct probe *p, struct probe_page *page)
{
	return page_holds(p, page->at, p->pattern) == 1;
}

static int64_t ask_copy(const struct probe *p, uint64_t at)
{
	return uffd_raw_copy(p->uffd, at, p->source, p->backing.page_size, 0);
}

static int64_t ask_zeropage(const struct probe *p, uint64_t at)
{
	return uffd_raw_zeropage(p->uffd, at, p->backing.page_size, 0);
}

static bool has_zeros(const struct probe *p, struct probe_page *page)
{
	return page_holds(p, page->at, zeros) == 1;
}

static int prepare_cache(struct probe *p, struct probe_page *page)
{
	return probe_page_fill_cache(page, p->pattern);
}

static int64_t ask_continue(const struct probe *p, uint64_t at)
{
	return uffd_raw_continue(p->uffd, at, p->backing.page_size, 0);
}

static int64_t ask_poison(const struct probe *p, uint64_t at)
{
	return uffd_raw_poison(p->uffd, at, p->backing.page_size, 0);
}

/* Unregistered, an absent page would read as zeros; a poisoned one stays an error. */
static bool is_poisoned(const struct probe *p, struct probe_page *page)
{
	if (uffd_raw_unregister(p->uffd, (uintptr_t)page->at, p->backing.page_size) < 0)
		return false;
	return page_holds(p, page->at, zeros) == -EFAULT;
}

static int prepare_move(struct probe *p, struct probe_page *page)
{
	int ret = probe_page_make(&p->donor, &p->backing);

	(void)page;
	return ret < 0 ? ret : probe_page_fill(&p->donor, p->pattern);
}

static int64_t ask_move(const struct probe *p, uint64_t at)
{
	return uffd_raw_move(p->uffd, at, (uintptr_t)p->donor.at, p->backing.page_size, 0);
}

static int prepare_present(struct probe *p, struct probe_page *page)
{
	return probe_page_fill(page, p->pattern);
}

static int64_t ask_writeprotect(const struct probe *p, uint64_t at)
{
	uint64_t length = p->backing.page_size;
	int ret = uffd_raw_writeprotect(p->uffd, at, length, UFFDIO_WRITEPROTECT_MODE_WP);

	return ret < 0 ? ret : (int64_t)length;
}

static bool is_writeprotected(const struct probe *p, struct probe_page *page)
{
	uint64_t at = (uintptr_t)page->at;

	return has_pattern(p, page) && page_accepts(p, page->at) == -EFAULT &&
	       uffd_raw_writeprotect(p->uffd, at, p->backing.page_size, 0) == 0 &&
	       page_accepts(p, page->at) == 0;
}

/*
 * The kernel asks only that the range is registered, in whatever mode; memory that does not know
 * the wanted one gets another. Where none works the ioctl is asked all the same: its refusal is the
 * answer.
 */
static void enrol(const struct probe *p, uint64_t at, uint64_t wanted)
{
	static const uint64_t others[] = {LIBUFFD_MISSING, LIBUFFD_MINOR, LIBUFFD_WP};

	if (uffd_raw_register(p->uffd, at, p->backing.page_size, wanted, NULL) == 0)
		return;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (uffd_raw_register(p->uffd, at, p->backing.page_size, others[i], NULL) == 0)
			return;
}

static int32_t ask_and_prove(const struct probe *p, const struct attempt *a,
			     struct probe_page *page)
{
	uint64_t at = (uintptr_t)page->at;
	int64_t done;
	int tries = 0;

	enrol(p, at, a->mode);
	/* There are no events to read; what is left of EAGAIN is a lock lost to another thread. */
	do {
		done = a->ask(p, at);
	} while (done == -EAGAIN && ++tries < 100);
	if (done < 0)
		return (int32_t)done;
	return done == (int64_t)p->backing.page_size && a->prove(p, page);
}

static int32_t try_resolver(struct probe *p, const struct attempt *a)
{
	struct probe_page page;
	int32_t ret = probe_page_make(&page, &p->backing);

	if (ret < 0)
		return ret;
	if (a->prepare)
		ret = a->prepare(p, &page);
	if (ret == 0)
		ret = ask_and_prove(p, a, &page);
	if (p->donor.at)
		probe_page_free(&p->donor);
	probe_page_free(&page);
	return ret;
}

static int32_t try_register(const struct probe *p, int uffd, uint64_t mode)
{
	struct probe_page page;
	int32_t ret = probe_page_make(&page, &p->backing);

	if (ret < 0)
		return ret;
	ret = uffd_raw_register(uffd, (uintptr_t)page.at, p->backing.page_size, mode, NULL);
	probe_page_free(&page);
	return ret < 0 ? ret : 1;
}

static int32_t try_wp_async(const struct probe *p)
{
	static const uint64_t features[] = {UFFD_FEATURE_WP_ASYNC};
	int uffd = open_uffd(features, 1);
	int32_t ret;

	if (uffd < 0)
		return uffd;
	ret = try_register(p, uffd, LIBUFFD_WP);
	close(uffd);
	return ret;
}

static int32_t try_memory(struct probe *p)
{
	struct probe_page page;
	int32_t ret = probe_page_make(&page, &p->backing);

	if (ret < 0)
		return ret;
	ret = probe_page_reserve(&page);
	probe_page_free(&page);
	return ret < 0 ? ret : 1;
}

static void try_all(struct probe *p, struct uffd_memory_abilities *a)
{
	static const struct attempt copy = {LIBUFFD_MISSING, NULL, ask_copy, has_pattern};
	static const struct attempt zero = {LIBUFFD_MISSING, NULL, ask_zeropage, has_zeros};
	static const struct attempt cont = {LIBUFFD_MINOR, prepare_cache, ask_continue,
					    has_pattern};
	static const struct attempt poison = {LIBUFFD_MISSING, NULL, ask_poison, is_poisoned};
	static const struct attempt move = {LIBUFFD_MISSING, prepare_move, ask_move, has_pattern};
	static const struct attempt protect = {LIBUFFD_WP, prepare_present, ask_writeprotect,
					       is_writeprotected};

	a->missing = try_register(p, p->uffd, LIBUFFD_MISSING);
	a->minor = try_register(p, p->uffd, LIBUFFD_MINOR);
	a->wp = try_register(p, p->uffd, LIBUFFD_WP);
	a->wp_async = try_wp_async(p);
	a->copy = try_resolver(p, &copy);
	a->zeropage = try_resolver(p, &zero);
	a->continue_ = try_resolver(p, &cont);
	a->poison = try_resolver(p, &poison);
	a->move = try_resolver(p, &move);
	a->writeprotect = try_resolver(p, &protect);
}

/*
 * The page that COPY copies from: the pattern at both ends and nothing between them. All of it is
 * mapped in advance, or hugetlb would take a second huge page while it fetches the source.
 */
static int make_source(struct probe *p)
{
	uint64_t size = p->backing.page_size;

	p->source = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->source == MAP_FAILED) {
		p->source = NULL;
		return -errno;
	}
	for (size_t i = 0; i < PROBE_CHUNK; i++)
		p->pattern[i] = (uint8_t)(i * 31 + i / 256 + 1);
	probe_write_pattern(p->source, size, p->pattern);
	for (uint64_t i = 0; i < size; i += PROBE_CHUNK)
		(void)*(volatile uint8_t *)(p->source + i);
	return 0;
}

/* 0 with all answers, or the reason why nothing could be asked. */
static int ask_memory(struct probe *p, uint32_t backing, uint64_t page_size,
		      struct uffd_memory_abilities *a)
{
	int ret = probe_backing_open(&p->backing, backing, page_size);

	a->page_size = p->backing.page_size;
	a->available = ret < 0 ? ret : try_memory(p);
	if (a->available == 1) {
		ret = make_source(p);
		if (ret == 0)
			try_all(p, a);
		if (p->source)
			munmap(p->source, p->backing.page_size);
	} else {
		ret = 0;
		a->missing = a->minor = a->wp = a->wp_async = a->available;
		a->copy = a->zeropage = a->continue_ = a->available;
		a->poison = a->move = a->writeprotect = a->available;
	}
	probe_backing_close(&p->backing);
	return ret;
}

/* Too few descriptors to ask is no answer about memory. */
static int short_of_descriptors(const struct uffd_memory_abilities *a)
{
	const int32_t answers[] = {a->available, a->missing, a->minor,       a->wp,
				   a->wp_async,  a->copy,    a->zeropage,    a->continue_,
				   a->poison,    a->move,    a->writeprotect};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (is_shortage(answers[i]))
			return answers[i];
	return 0;
}

int uffd_probe_memory(uint32_t backing, uint64_t page_size, struct uffd_memory_abilities *abilities)
{
	/* Never without SIGBUS: a kernel before 4.14 refuses, and nothing blocks. */
	static const uint64_t features[] = {
		UFFD_FEATURE_SIGBUS | UFFD_FEATURE_POISON | UFFD_FEATURE_MOVE,
		UFFD_FEATURE_SIGBUS | UFFD_FEATURE_POISON,
		UFFD_FEATURE_SIGBUS,
	};
	struct uffd_memory_abilities a = {0};
	struct probe p = {.uffd = -1};
	int ret;

	if (!abilities)
		return -EINVAL;
	ret = options_take(&a, sizeof(a), sizeof(a), abilities);
	if (ret == 0)
		ret = probe_backing_check(backing, page_size);
	if (ret < 0)
		return ret;
	p.uffd = open_uffd(features, 3);
	if (p.uffd < 0)
		return p.uffd;
	if (pipe2(p.pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		ret = -errno;
	} else {
		ret = ask_memory(&p, backing, page_size, &a);
		close(p.pipe[0]);
		close(p.pipe[1]);
	}
	close(p.uffd);
	if (ret == 0)
		ret = short_of_descriptors(&a);
	if (ret == 0) {
		a.size = abilities->size;
		*abilities = a;
	}
	return ret;
}
