/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A source from a file refuses NULL and options that it does not know; no descriptor stays open. */
#include "input.h"

static const char path[] = "/proc/self/exe";
static int fd;

static void refuses(const struct uffd_source_file_opts *o, int error)
{
	struct uffd_source *source = NO_HANDLE(struct uffd_source);

	EXPECT(uffd_source_open_file(&source, path, o), error);
	EXPECT(uffd_source_open_fd(&source, fd, o), error);
	ck_assert_ptr_eq(source, NO_HANDLE(struct uffd_source));
}

static void bad_options(void)
{
	struct uffd_source *source = NO_HANDLE(struct uffd_source);
	LONGER(struct uffd_source_file_opts) o;
	int first;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	first = lowest_free();
	EXPECT(uffd_source_open_file(NULL, path, NULL), -EINVAL);
	EXPECT(uffd_source_open_file(&source, NULL, NULL), -EINVAL);
	EXPECT(uffd_source_open_fd(NULL, fd, NULL), -EINVAL);
	EXPECT(uffd_source_open_fd(&source, -1, NULL), -EBADF);
	EXPECT(uffd_source_open_fd(&source, first, NULL), -EBADF);
	EXPECT(uffd_source_open_fd(&source, INT32_MAX, NULL), -EBADF);
	memset(&o, 0, sizeof(o));
	for (o.opts.size = 0; o.opts.size < sizeof(o.opts); o.opts.size++)
		refuses(&o.opts, -EINVAL);
	for (unsigned int bit = 1; bit < 32; bit++) {
		o.opts.flags = UINT32_C(1) << bit;
		refuses(&o.opts, -EINVAL);
	}
	o.opts.flags = 0;
	o.opts.reserved = 1;
	refuses(&o.opts, -EINVAL);
	o.opts.reserved = 0;
	o.opts.size = sizeof(o);
	o.bytes[sizeof(o) - 1] = 1;
	refuses(&o.opts, -E2BIG);
	o.bytes[sizeof(o) - 1] = 0;
	ck_assert_ptr_eq(source, NO_HANDLE(struct uffd_source));
	ck_assert_int_eq(lowest_free(), first);
	EXPECT(uffd_source_open_file(&source, path, &o.opts), 0);
	uffd_source_close(source);
	EXPECT(uffd_source_open_fd(&source, fd, &o.opts), 0);
	close(fd);
	ck_assert_uint_gt(uffd_source_length(source), 0);
	uffd_source_close(source);
}

TEST_MAIN(bad_options)
