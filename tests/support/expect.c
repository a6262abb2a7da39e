/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: asking the kernel one thing and seeing its whole answer. */
#include "expect.h"

#include <poll.h>
#include <sched.h>

#define PATIENCE_MS 10000

uint8_t *pattern_make(const struct test_memory *m, uint8_t first)
{
	uint8_t *pattern = mmap(NULL, m->length, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	ck_assert_msg(pattern != MAP_FAILED, "mmap of a source: %s", strerror(errno));
	for (size_t k = 0; k * m->page < m->length; k++)
		memset(pattern + k * m->page, (uint8_t)(first + k), m->page);
	return pattern;
}

void pattern_free(const struct test_memory *m, uint8_t *pattern)
{
	munmap(pattern, m->length);
}

void page_pwrite(const struct test_memory *m, size_t page, uint8_t value)
{
	uint8_t *bytes = malloc(m->page);

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, value, m->page);
	ck_assert_int_eq(pwrite(m->fd, bytes, m->page, (off_t)(page * m->page)), (ssize_t)m->page);
	free(bytes);
}

static int asked(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

struct answer ask_copy(int fd, void *dst, const void *src, size_t length, uint64_t mode)
{
	struct uffdio_copy copy = {.dst = address(dst),
				   .src = address(src),
				   .len = length,
				   .mode = mode,
				   .copy = UNTOUCHED};
	int error = asked(fd, UFFDIO_COPY, &copy);

	return (struct answer){error, copy.copy};
}

struct answer ask_zeropage(int fd, void *at, size_t length, uint64_t mode)
{
	struct uffdio_zeropage zero = {.range = {.start = address(at), .len = length},
				       .mode = mode,
				       .zeropage = UNTOUCHED};
	int error = asked(fd, UFFDIO_ZEROPAGE, &zero);

	return (struct answer){error, zero.zeropage};
}

struct answer ask_continue(int fd, void *at, size_t length, uint64_t mode)
{
	struct uffdio_continue cont = {
		.range = {.start = address(at), .len = length}, .mode = mode, .mapped = UNTOUCHED};
	int error = asked(fd, UFFDIO_CONTINUE, &cont);

	return (struct answer){error, cont.mapped};
}

struct answer ask_poison(int fd, void *at, size_t length, uint64_t mode)
{
	struct uffdio_poison poison = {
		.range = {.start = address(at), .len = length}, .mode = mode, .updated = UNTOUCHED};
	int error = asked(fd, UFFDIO_POISON, &poison);

	return (struct answer){error, poison.updated};
}

struct answer ask_move(int fd, void *dst, void *src, size_t length, uint64_t mode)
{
	struct uffdio_move move = {.dst = address(dst),
				   .src = address(src),
				   .len = length,
				   .mode = mode,
				   .move = UNTOUCHED};
	int error = asked(fd, UFFDIO_MOVE, &move);

	return (struct answer){error, move.move};
}

void expect_register(int fd, const struct test_memory *m, uint64_t mode)
{
	int ret = uffd_raw_register(fd, address(m->at), m->length, mode, NULL);

	ck_assert_msg(ret == 0, "register, mode %llu: %s", (unsigned long long)mode,
		      strerror(-ret));
}

void expect_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	ck_assert_msg(poll(&p, 1, PATIENCE_MS) == 1 && p.revents == POLLIN,
		      "no message came (poll says 0x%x)", (unsigned int)p.revents);
}

struct uffd_msg expect_event(int fd, uint8_t event)
{
	struct uffd_msg msg;
	int64_t n;

	do {
		expect_readable(fd);
		n = uffd_raw_read(fd, &msg, 1);
	} while (n == -EAGAIN); /* a thread took its fault back between poll and read */
	ck_assert_int_eq(n, 1);
	ck_assert_msg(msg.event == event, "message 0x%x, expected 0x%x", msg.event, event);
	return msg;
}

void expect_fault(int fd, const volatile void *at, uint64_t flags)
{
	struct uffd_msg msg = expect_event(fd, UFFD_EVENT_PAGEFAULT);

	ck_assert_msg(msg.arg.pagefault.address == address(at) && msg.arg.pagefault.flags == flags,
		      "fault at %llx flags %llx, expected %llx flags %llx",
		      (unsigned long long)msg.arg.pagefault.address,
		      (unsigned long long)msg.arg.pagefault.flags, (unsigned long long)address(at),
		      (unsigned long long)flags);
}

void expect_silence(int fd)
{
	struct uffd_msg msg;
	int64_t n = uffd_raw_read(fd, &msg, 1);

	ck_assert_msg(n == -EAGAIN, "read said %lld, message 0x%x, expected none", (long long)n,
		      n == 1 ? msg.event : 0u);
}

uint8_t expect_silent_touch(int fd, void *at, bool write, uint8_t value)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct toucher t;

	touch_start(&t, at, write, value);
	while (atomic_load(&t.state) == TOUCH_RUNNING) {
		ck_assert_msg(poll(&p, 1, 0) == 0, "the touch sent a message");
		sched_yield();
	}
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	expect_silence(fd);
	return t.value;
}

uint64_t page_entry(const volatile void *at)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	off_t where = (off_t)(address(at) / (uint64_t)sysconf(_SC_PAGESIZE) * sizeof(entry));

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &entry, sizeof(entry), where), sizeof(entry));
	close(fd);
	return entry;
}

bool page_cached(const struct test_memory *m, size_t page)
{
	unsigned char resident = 0;

	/* Not lseek(SEEK_DATA): that waits for whoever writes to the file. */
	ck_assert_int_eq(mincore(page_at(m, page), m->page, &resident), 0);
	return (resident & 1) != 0;
}

bool bytes_are(const void *at, uint8_t value, size_t length)
{
	const volatile uint8_t *bytes = at;

	for (size_t i = 0; i < length; i++)
		if (bytes[i] != value)
			return false;
	return true;
}
