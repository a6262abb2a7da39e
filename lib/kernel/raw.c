/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: one thin function per userfaultfd ioctl.
 * Must never: keep state, retry, or know what a region is.
 */
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include <uffd/raw.h>

static int call(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

/*
 * The kernel reports a fill in two places: errno, and a signed field with the bytes done or the
 * same negative error. It leaves the field untouched where it refuses before it starts (alignment,
 * a dead owner), so every caller presets it to 0. A short fill is EAGAIN with a positive count:
 * that count is the answer, as with write(2).
 */
static int64_t filled(int error, int64_t field)
{
	return field > 0 ? field : error;
}

int uffd_raw_api(int fd, uint64_t features, uint64_t *all_features, uint64_t *ioctls)
{
	struct uffdio_api api = {.api = UFFD_API, .features = features};
	int ret = call(fd, UFFDIO_API, &api);

	if (ret < 0)
		return ret;
	if (all_features)
		*all_features = api.features;
	if (ioctls)
		*ioctls = api.ioctls;
	return 0;
}

int uffd_raw_register(int fd, uint64_t start, uint64_t length, uint64_t mode, uint64_t *ioctls)
{
	struct uffdio_register reg = {.range = {.start = start, .len = length}, .mode = mode};
	int ret = call(fd, UFFDIO_REGISTER, &reg);

	if (ret == 0 && ioctls)
		*ioctls = reg.ioctls;
	return ret;
}

int uffd_raw_unregister(int fd, uint64_t start, uint64_t length)
{
	struct uffdio_range range = {.start = start, .len = length};

	return call(fd, UFFDIO_UNREGISTER, &range);
}

int64_t uffd_raw_copy(int fd, uint64_t dst, const void *src, uint64_t length, uint64_t mode)
{
	struct uffdio_copy copy = {
		.dst = dst, .src = (uint64_t)(uintptr_t)src, .len = length, .mode = mode};
	int ret = call(fd, UFFDIO_COPY, &copy);

	return ret == 0 ? (int64_t)length : filled(ret, copy.copy);
}

int64_t uffd_raw_zeropage(int fd, uint64_t start, uint64_t length, uint64_t mode)
{
	struct uffdio_zeropage zero = {.range = {.start = start, .len = length}, .mode = mode};
	int ret = call(fd, UFFDIO_ZEROPAGE, &zero);

	return ret == 0 ? (int64_t)length : filled(ret, zero.zeropage);
}

int64_t uffd_raw_continue(int fd, uint64_t start, uint64_t length, uint64_t mode)
{
	struct uffdio_continue cont = {.range = {.start = start, .len = length}, .mode = mode};
	int ret = call(fd, UFFDIO_CONTINUE, &cont);

	return ret == 0 ? (int64_t)length : filled(ret, cont.mapped);
}

int64_t uffd_raw_poison(int fd, uint64_t start, uint64_t length, uint64_t mode)
{
	struct uffdio_poison poison = {.range = {.start = start, .len = length}, .mode = mode};
	int ret = call(fd, UFFDIO_POISON, &poison);

	return ret == 0 ? (int64_t)length : filled(ret, poison.updated);
}

int64_t uffd_raw_move(int fd, uint64_t dst, uint64_t src, uint64_t length, uint64_t mode)
{
	struct uffdio_move move = {.dst = dst, .src = src, .len = length, .mode = mode};
	int ret = call(fd, UFFDIO_MOVE, &move);

	return ret == 0 ? (int64_t)length : filled(ret, move.move);
}

int uffd_raw_writeprotect(int fd, uint64_t start, uint64_t length, uint64_t mode)
{
	struct uffdio_writeprotect wp = {.range = {.start = start, .len = length}, .mode = mode};

	return call(fd, UFFDIO_WRITEPROTECT, &wp);
}

int uffd_raw_wake(int fd, uint64_t start, uint64_t length)
{
	struct uffdio_range range = {.start = start, .len = length};

	return call(fd, UFFDIO_WAKE, &range);
}

int uffd_raw_owner_lives(int fd)
{
	/* In the middle of the lower half of the address space nothing is protected. */
	int ret = uffd_raw_writeprotect(fd, UINT64_C(1) << 40, (uint64_t)sysconf(_SC_PAGESIZE), 0);

	/* ENOENT says that it has been looked at, and EAGAIN that it is changing. */
	if (ret == -EBADF || ret == -ENOTTY || ret == -EINVAL)
		return ret;
	return ret != -ESRCH;
}

int64_t uffd_raw_read(int fd, struct uffd_msg *messages, size_t count)
{
	struct iovec iov = {messages, count * sizeof(*messages)};
	ssize_t n = preadv2(fd, &iov, 1, -1, RWF_NOWAIT);

	/* Before 6.10 it has no read_iter, and O_NONBLOCK is all there is. */
	if (n < 0 && errno == EOPNOTSUPP)
		n = read(fd, messages, iov.iov_len);

	/* The kernel hands out whole messages only (fs/userfaultfd.c, userfaultfd_read_iter). */
	return n < 0 ? -errno : n / (ssize_t)sizeof(*messages);
}

int uffd_raw_outcome(int64_t result)
{
	if (result > 0)
		return LIBUFFD_OUTCOME_DONE;
	switch (-result) {
	case EEXIST:
		return LIBUFFD_OUTCOME_ALREADY;
	case 0: /* nothing done and no reason given: as good as a lost race */
	case EAGAIN:
	case EINTR:
		return LIBUFFD_OUTCOME_RETRY;
	case ENOENT:
	case ESRCH:
		return LIBUFFD_OUTCOME_GONE;
	default:
		return LIBUFFD_OUTCOME_FAILED;
	}
}
