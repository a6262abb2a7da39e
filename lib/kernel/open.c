/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the ways to get a userfaultfd, and what to tell a user for whom none works.
 * Must never: hide one error behind the other.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <uffd/raw.h>

#define NOT_TRIED 1

int uffd_raw_open_syscall(int flags)
{
	long fd = syscall(SYS_userfaultfd, flags);

	return fd < 0 ? -errno : (int)fd;
}

int uffd_raw_open_device(int flags)
{
	int dev = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
	int fd;

	if (dev < 0)
		return -errno;
	fd = ioctl(dev, USERFAULTFD_IOC_NEW, flags);
	if (fd < 0)
		fd = -errno;
	close(dev);
	return fd;
}

int uffd_raw_open(int flags, struct uffd_open_report *report)
{
	struct uffd_open_report r = {.device_error = NOT_TRIED};
	int fd = uffd_raw_open_syscall(flags);

	if (fd < 0) {
		r.syscall_error = fd;
		fd = uffd_raw_open_device(flags);
		r.device_error = fd < 0 ? fd : 0;
	}
	if (report)
		*report = r;
	/* Out of descriptors or memory is the answer, whatever the system call would not allow. */
	if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM)
		return fd;
	return fd < 0 ? r.syscall_error : fd;
}

int uffd_raw_features(uint64_t *features)
{
	/* USER_MODE_ONLY needs no privilege, so what the kernel has can be asked by anybody. */
	int fd = uffd_raw_open_syscall(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
	int ret;

	/* Before 5.11 there was no such flag; a filter may know only the call without it. */
	if (fd == -EINVAL || fd == -EPERM || fd == -ENOSYS)
		fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);
	if (fd < 0)
		return fd;
	ret = uffd_raw_api(fd, 0, features, NULL);
	close(fd);
	return ret;
}

const char *uffd_raw_feature_name(unsigned int bit)
{
	static const char *const names[] = {
		"PAGEFAULT_FLAG_WP",
		"EVENT_FORK",
		"EVENT_REMAP",
		"EVENT_REMOVE",
		"MISSING_HUGETLBFS",
		"MISSING_SHMEM",
		"EVENT_UNMAP",
		"SIGBUS",
		"THREAD_ID",
		"MINOR_HUGETLBFS",
		"MINOR_SHMEM",
		"EXACT_ADDRESS",
		"WP_HUGETLBFS_SHMEM",
		"WP_UNPOPULATED",
		"POISON",
		"WP_ASYNC",
		"MOVE",
	};

	return bit < sizeof(names) / sizeof(names[0]) ? names[bit] : NULL;
}

struct text {
	char *at;
	size_t size;
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->length < t->size ? t->at + t->length : NULL,
		      t->length < t->size ? t->size - t->length : 0, format, args);
	va_end(args);
	if (n > 0)
		t->length += (size_t)n;
}

static void say_syscall(struct text *t, int error)
{
	say(t, "userfaultfd(2): %s; ", strerror(-error));
	switch (-error) {
	case EPERM:
		say(t, "vm.unprivileged_userfaultfd is 0: set it to 1 (sysctl), run with "
		       "CAP_SYS_PTRACE, or ask for USER_MODE_ONLY where no kernel or KVM access to "
		       "the "
		       "memory faults; in a container a seccomp filter may also be the cause\n");
		break;
	case ENOSYS:
		say(t,
		    "the kernel was built without CONFIG_USERFAULTFD, or a seccomp filter blocks "
		    "it\n");
		break;
	case EMFILE:
	case ENFILE:
		say(t, "too many open descriptors: raise RLIMIT_NOFILE or fs.file-max\n");
		break;
	default:
		say(t, "see userfaultfd(2)\n");
	}
}

static void say_device(struct text *t, int error)
{
	say(t, "/dev/userfaultfd: %s; ", strerror(-error));
	switch (-error) {
	case ENOENT:
	case ENXIO:
		say(t, "Linux 6.1 and newer have it: a container must be given the device\n");
		break;
	case EACCES:
	case EPERM:
		say(t, "give this user read and write permission on the device (chown, udev, or a "
		       "group); in a container allow it in the device cgroup too\n");
		break;
	case ENOTTY:
		say(t, "the file of that name is not the kernel's userfaultfd device\n");
		break;
	default:
		say(t, "see userfaultfd(2)\n");
	}
}

int uffd_raw_open_advice(const struct uffd_open_report *report, char *text, size_t size)
{
	struct text t = {.at = text, .size = size};

	if (!report || (!text && size))
		return -EINVAL;
	if (size)
		text[0] = '\0';
	if (report->syscall_error < 0)
		say_syscall(&t, report->syscall_error);
	if (report->device_error < 0)
		say_device(&t, report->device_error);
	return (int)t.length;
}
