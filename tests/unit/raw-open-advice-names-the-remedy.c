/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Whatever keeps a userfaultfd from being opened, the advice names it and what to do. */
#include "test.h"

#include <uffd/raw.h>

static char text[2048];

static void advise(int syscall_error, int device_error)
{
	struct uffd_open_report report = {syscall_error, device_error};
	int length = uffd_raw_open_advice(&report, text, sizeof(text));

	ck_assert_int_eq(length, (int)strlen(text));
	ck_assert_msg(length == 0 || text[length - 1] == '\n', "no whole line: %s", text);
}

static void says(const char *word)
{
	ck_assert_msg(strstr(text, word) != NULL, "no \"%s\" in: %s", word, text);
}

static void syscall_remedies(void)
{
	advise(-EPERM, 1);
	says("vm.unprivileged_userfaultfd");
	says("CAP_SYS_PTRACE");
	says("USER_MODE_ONLY");
	says("seccomp");
	ck_assert_ptr_null(strstr(text, "/dev/userfaultfd"));
	advise(-ENOSYS, 1);
	says("CONFIG_USERFAULTFD");
	says("seccomp");
	advise(-EMFILE, 1);
	says("RLIMIT_NOFILE");
	advise(-ENFILE, 1);
	says("fs.file-max");
	advise(-EINVAL, 1);
	says(strerror(EINVAL));
}

static void device_remedies(void)
{
	advise(0, -ENOENT);
	says("/dev/userfaultfd");
	says("6.1");
	says("container");
	advise(0, -EACCES);
	says("permission");
	says("group");
	advise(0, -EPERM);
	says("cgroup");
	advise(0, -ENOTTY);
	says("/dev/userfaultfd");
	advise(0, -EIO);
	says(strerror(EIO));
}

/* Any error gets its own words at least, and both ways are named when both failed. */
static void every_error(void)
{
	for (int error = 1; error < 134; error++) {
		advise(-error, -error);
		says("userfaultfd(2)");
		says("/dev/userfaultfd");
		says(strerror(error));
	}
}

static void truncation(void)
{
	struct uffd_open_report report = {-EPERM, -EACCES};
	char small[16];
	int length;

	advise(-EPERM, -EACCES);
	length = (int)strlen(text);
	ck_assert_int_eq(uffd_raw_open_advice(&report, NULL, 0), length);
	for (size_t size = 1; size <= sizeof(small); size++) {
		memset(small, 'x', sizeof(small));
		ck_assert_int_eq(uffd_raw_open_advice(&report, small, size), length);
		ck_assert_uint_eq(strlen(small), size - 1);
		ck_assert_int_eq(strncmp(small, text, size - 1), 0);
	}
	ck_assert_int_eq(uffd_raw_open_advice(NULL, small, sizeof(small)), -EINVAL);
	ck_assert_int_eq(uffd_raw_open_advice(&report, NULL, 1), -EINVAL);
}

static void advice(void)
{
	advise(0, 1);
	ck_assert_str_eq(text, "");
	syscall_remedies();
	device_remedies();
	every_error();
	truncation();
}

TEST_MAIN(advice)
