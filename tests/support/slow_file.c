/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the file of slow_file.h, its mount, and the process that serves it. */
#include "slow_file.h"

#include <linux/fuse.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define MOST_HELD 128u
#define LONGEST   (1u << 20) /* of one read */
/* A test that died with reads under way must not leave a process that waits for them for ever. */
#define PATIENCE_NS UINT64_C(20000000000)

struct held {
	uint64_t unique;
	uint64_t since;
	struct fuse_read_in read;
};

struct server {
	struct slow_control *control;
	int dev;
	int kick;
	struct held held[MOST_HELD];
	uint32_t count;
	_Alignas(8) uint8_t in[LONGEST + 4096];
	uint8_t content[LONGEST];
};

static void reply(struct server *s, uint64_t unique, int error, const void *at, size_t length)
{
	struct fuse_out_header out = {
		.len = (uint32_t)(sizeof(out) + length), .error = -error, .unique = unique};
	struct iovec iov[2] = {{&out, sizeof(out)}, {(void *)(uintptr_t)at, length}};

	/* ENOENT: it was interrupted, and is not asked any more. */
	if (writev(s->dev, iov, length ? 2 : 1) < 0)
		return;
}

static bool take_error(struct slow_control *c)
{
	uint32_t left = atomic_load(&c->errors);

	while (left)
		if (atomic_compare_exchange_weak(&c->errors, &left, left - 1))
			return true;
	return false;
}

static void answer(struct server *s, uint64_t unique, const struct fuse_read_in *read)
{
	uint64_t ends = atomic_load(&s->control->ends), length = read->size;
	uint32_t most = atomic_load(&s->control->most);

	if (take_error(s->control)) {
		reply(s, unique, atomic_load(&s->control->error), NULL, 0);
		return;
	}
	if (most && length > most)
		length = most;
	if (read->offset >= ends)
		length = 0;
	else if (length > ends - read->offset)
		length = ends - read->offset;
	content_write(s->content, read->offset, length);
	reply(s, unique, 0, s->content, length);
}

static void take_read(struct server *s, uint64_t unique, const struct fuse_read_in *read)
{
	struct slow_control *c = s->control;
	bool hold = read->offset >= atomic_load(&c->low) && read->offset < atomic_load(&c->high);

	atomic_fetch_add(&c->bytes, read->size);
	atomic_fetch_add(&c->reads, 1);
	if (!hold || s->count == MOST_HELD) {
		answer(s, unique, read);
		return;
	}
	s->held[s->count++] = (struct held){unique, test_now(), *read};
	if (s->count > atomic_load(&c->peak))
		atomic_store(&c->peak, s->count);
	atomic_store(&c->held, s->count);
}

/* Answers those that are held no more. error: the one with this number fails. */
static void let_go(struct server *s, uint64_t interrupted)
{
	struct slow_control *c = s->control;
	uint64_t low = atomic_load(&c->low), high = atomic_load(&c->high), now = test_now();
	uint32_t left = 0;

	for (uint32_t i = 0; i < s->count; i++) {
		struct held *h = &s->held[i];

		if (h->unique == interrupted)
			reply(s, h->unique, EINTR, NULL, 0);
		else if (now - h->since > PATIENCE_NS)
			reply(s, h->unique, ETIMEDOUT, NULL, 0);
		else if (h->read.offset < low || h->read.offset >= high)
			answer(s, h->unique, &h->read);
		else
			s->held[left++] = *h;
	}
	s->count = left;
	atomic_store(&c->held, left);
}

static void begin(struct server *s, const struct fuse_in_header *h, const struct fuse_init_in *in)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = in->max_readahead,
		.flags = FUSE_ASYNC_READ | FUSE_ASYNC_DIO | FUSE_MAX_PAGES,
		.max_background = MOST_HELD,
		.congestion_threshold = MOST_HELD,
		.max_write = LONGEST,
		.max_pages = LONGEST / 4096,
	};

	reply(s, h->unique, 0, &out, sizeof(out));
}

static void attributes(struct server *s, const struct fuse_in_header *h)
{
	struct fuse_attr_out out = {
		.attr = {.ino = 1,
			 .size = s->control->length,
			 .blocks = s->control->length / 512,
			 .mode = S_IFREG | 0644,
			 .nlink = 1,
			 .blksize = 4096},
	};

	reply(s, h->unique, 0, &out, sizeof(out));
}

static void serve_request(struct server *s, const struct fuse_in_header *h)
{
	const struct fuse_open_out opened = {.open_flags = FOPEN_DIRECT_IO};
	const void *in = h + 1;

	switch (h->opcode) {
	case FUSE_INIT:
		begin(s, h, in);
		break;
	case FUSE_GETATTR:
		attributes(s, h);
		break;
	case FUSE_OPEN:
		reply(s, h->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		take_read(s, h->unique, in);
		break;
	case FUSE_INTERRUPT:
		let_go(s, ((const struct fuse_interrupt_in *)in)->unique);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	case FUSE_RELEASE:
	case FUSE_FLUSH:
		reply(s, h->unique, 0, NULL, 0);
		break;
	default:
		reply(s, h->unique, ENOSYS, NULL, 0);
	}
}

/* Until nobody has the file open, and its mount is gone. */
static void serve_file(struct server *s)
{
	for (;;) {
		struct pollfd fds[] = {{.fd = s->dev, .events = POLLIN},
				       {.fd = s->kick, .events = POLLIN}};
		uint64_t kicks;
		ssize_t n;

		poll(fds, 2, 1000);
		if (read(s->kick, &kicks, sizeof(kicks)) < 0)
			kicks = 0;
		let_go(s, 0);
		n = read(s->dev, s->in, sizeof(s->in));
		if (n >= (ssize_t)sizeof(struct fuse_in_header))
			serve_request(s, (const struct fuse_in_header *)(void *)s->in);
		else if (n < 0 && errno == ENODEV)
			return;
	}
}

static bool set(int fs, const char *key, const char *value)
{
	return syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0) == 0;
}

/* The mount, of a file system that nobody has named, or -1. */
static int mount_file(int dev)
{
	int fs = (int)syscall(SYS_fsopen, "fuse", FSOPEN_CLOEXEC), mount = -1;
	char number[16];

	snprintf(number, sizeof(number), "%d", dev);
	if (fs < 0)
		return -1;
	if (set(fs, "fd", number) && set(fs, "rootmode", "100644") && set(fs, "user_id", "0") &&
	    set(fs, "group_id", "0") &&
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	close(fs);
	return mount;
}

static pid_t start(struct slow_file *f, int dev)
{
	static struct server s;
	pid_t pid = fork();

	if (pid == 0) {
		/* Everything but its own: the test's descriptors are not its to keep open. */
		for (int fd = 3; fd < 256; fd++)
			if (fd != dev && fd != f->kick)
				close(fd);
		s.control = f->control;
		s.dev = dev;
		s.kick = f->kick;
		serve_file(&s);
		_exit(0);
	}
	return pid;
}

void slow_file_make(struct slow_file *f, uint64_t length)
{
	int dev = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK), mount;
	char path[64];

	if (dev < 0)
		test_skip("no /dev/fuse: %s", strerror(errno));
	f->control = mmap(NULL, sizeof(*f->control), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(f->control, MAP_FAILED);
	f->control->length = length;
	atomic_store(&f->control->ends, length);
	f->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ck_assert_int_ge(f->kick, 0);
	mount = mount_file(dev);
	if (mount < 0)
		test_skip("no mount of a FUSE file system: %s", strerror(errno));
	f->server = start(f, dev);
	ck_assert_int_gt(f->server, 0);
	close(dev);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", mount);
	f->fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(f->fd >= 0, "open: %s", strerror(errno));
	close(mount);
}

/* Another process may take the free device that this one was told of. */
static int loop_device(int backing)
{
	struct loop_config config = {
		.fd = (uint32_t)backing,
		.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO,
	};
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), fd = -1;

	if (control < 0)
		test_skip("no /dev/loop-control: %s", strerror(errno));
	for (int i = 0; i < 100 && fd < 0; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/dev/loop%d", ioctl(control, LOOP_CTL_GET_FREE));
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && ioctl(fd, LOOP_CONFIGURE, &config) < 0) {
			close(fd);
			fd = -1;
		}
	}
	if (fd < 0)
		test_skip("no loop device: %s", strerror(errno));
	close(control);
	return fd;
}

void slow_device_make(struct slow_file *f, uint64_t length)
{
	struct stat st;
	int file;

	slow_file_make(f, length);
	/* The kernel knows its length once it has been asked for. */
	ck_assert_int_eq(fstat(f->fd, &st), 0);
	file = f->fd;
	f->fd = loop_device(file);
	close(file);
}

static void kick(struct slow_file *f)
{
	uint64_t one = 1;

	ck_assert_int_eq(write(f->kick, &one, sizeof(one)), sizeof(one));
}

void slow_release(struct slow_file *f)
{
	slow_hold(f, 0, 0);
	kick(f);
}

void slow_file_free(struct slow_file *f)
{
	close(f->fd);
	ck_assert_int_eq(waitpid(f->server, NULL, 0), f->server);
	close(f->kick);
	munmap(f->control, sizeof(*f->control));
}
