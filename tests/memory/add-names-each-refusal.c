/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Each reason not to make a region has its error, and a refusal leaves nothing behind: not a
 * registration, not an entry, not a descriptor, and not a changed *region.
 */
#include "claims.h"

static struct served s; /* four pages of anonymous memory, a context, no region */
static struct test_memory shared;

static int nothing(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	(void)r;
	(void)e;
	(void)user;
	return -EIO;
}

static struct uffd_region_opts good(void)
{
	return (struct uffd_region_opts){.size = sizeof(struct uffd_region_opts), .fault = nothing};
}

static int add_to(struct uffd_ctx *ctx, void *at, size_t length, uint32_t modes,
		  struct uffd_region_opts opts)
{
	struct uffd_region *untouched = (void *)&s, *r = untouched;
	int ret = uffd_region_add(&r, ctx, at, length, modes, &opts);

	ck_assert_int_le(ret, 0);
	if (ret == 0)
		ck_assert_int_eq(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	else
		ck_assert_ptr_eq(r, untouched);
	return ret;
}

static int add(uint32_t modes, struct uffd_region_opts opts)
{
	return add_to(s.ctx, s.m.at, s.m.length, modes, opts);
}

static int add_shared(uint32_t modes, struct uffd_region_opts opts)
{
	return add_to(s.ctx, shared.at, shared.length, modes, opts);
}

#define WITH(member, value)                                                                        \
	({                                                                                         \
		struct uffd_region_opts o_ = good();                                               \
		o_.member = (value);                                                               \
		o_;                                                                                \
	})

static void bad_options(void)
{
	struct uffd_region_opts o = good();
	struct uffd_region *r;

	ck_assert_int_eq(add(LIBUFFD_MISSING, o), 0);
	ck_assert_int_eq(uffd_region_add(NULL, s.ctx, s.m.at, s.m.length, LIBUFFD_MISSING, &o),
			 -EINVAL);
	ck_assert_int_eq(uffd_region_add(&r, NULL, s.m.at, s.m.length, LIBUFFD_MISSING, &o),
			 -EINVAL);
	ck_assert_int_eq(uffd_region_add(&r, s.ctx, s.m.at, s.m.length, LIBUFFD_MISSING, NULL),
			 -EINVAL);
	ck_assert_int_eq(add(0, o), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING | UINT32_C(8), o), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(size, 8)), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(flags, UINT32_C(1) << 7)), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(flags, UINT32_C(1) << 31)), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(backing, LIBUFFD_BACKING_COUNT)), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(backing, UINT32_MAX)), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(install, 5)), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(on_error, 2)), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(fault_around, 3 * 4096)), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(page_size, 3 * 4096)), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(fd, 3)), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(flags, LIBUFFD_REGION_ALIAS)), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(fault, NULL)), -EINVAL);
	/* MINOR alone: holes would be zeros without a word. */
	ck_assert_int_eq(add_shared(LIBUFFD_MINOR, o), -EPERM);
	/* What the mapping is not. */
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(backing, LIBUFFD_BACKING_SHMEM)), -EINVAL);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(page_size, 2 * s.m.page)), -EINVAL);
	/* Where a foreign region is and what it is must be said. */
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(flags, LIBUFFD_REGION_FOREIGN)), -EINVAL);
	o.flags = LIBUFFD_REGION_FOREIGN;
	o.backing = LIBUFFD_BACKING_ANON;
	ck_assert_int_eq(add(LIBUFFD_MISSING, o), -EINVAL);
	/* Less than any page. */
	o.page_size = 1;
	ck_assert_int_eq(add(LIBUFFD_MISSING, o), -EINVAL);
}

static void both_contents(void)
{
	struct uffd_region_opts o = good();
	struct uffd_source *source;
	uint8_t *more = content_make(2 * s.m.length);

	ck_assert_int_eq(uffd_source_open_memory(&source, more, s.m.length), 0);
	o.source = source;
	ck_assert_int_eq(add(LIBUFFD_MISSING, o), -EINVAL);
	o.fault = NULL;
	ck_assert_int_eq(add(LIBUFFD_MISSING, o), 0);
	/* The source ends before the region does. */
	o.source_offset = s.m.page;
	ck_assert_int_eq(add(LIBUFFD_MISSING, o), -ERANGE);
	o.source_offset = UINT64_MAX;
	ck_assert_int_eq(add(LIBUFFD_MISSING, o), -ERANGE);
	uffd_source_close(source);
	munmap(more, 2 * s.m.length);
}

static void bad_ranges(void)
{
	uint8_t *at = s.m.at;
	void *hole;

	ck_assert_int_eq(add_to(s.ctx, NULL, s.m.page, LIBUFFD_MISSING, good()), -EFAULT);
	ck_assert_int_eq(add_to(s.ctx, at, 0, LIBUFFD_MISSING, good()), -EFAULT);
	ck_assert_int_eq(add_to(s.ctx, at + 8, s.m.page, LIBUFFD_MISSING, good()), -EFAULT);
	ck_assert_int_eq(add_to(s.ctx, at, s.m.page + 8, LIBUFFD_MISSING, good()), -EFAULT);
	ck_assert_int_eq(add_to(s.ctx, at, SIZE_MAX - s.m.page + 1, LIBUFFD_MISSING, good()),
			 -EFAULT);
	hole = mmap(NULL, 3 * s.m.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap((uint8_t *)hole + s.m.page, s.m.page);
	ck_assert_int_eq(add_to(s.ctx, hole, 3 * s.m.page, LIBUFFD_MISSING, good()), -ENXIO);
	ck_assert_int_eq(
		add_to(s.ctx, (uint8_t *)hole + s.m.page, s.m.page, LIBUFFD_MISSING, good()),
		-ENXIO);
	/* Two types of memory. */
	ck_assert_ptr_ne(mmap((uint8_t *)hole + s.m.page, s.m.page, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_FIXED, shared.fd, 0),
			 MAP_FAILED);
	ck_assert_int_eq(add_to(s.ctx, hole, 2 * s.m.page, LIBUFFD_MISSING, good()), -ENXIO);
	/* One type, two places of its file. */
	ck_assert_ptr_ne(
		mmap(hole, s.m.page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, shared.fd, 0),
		MAP_FAILED);
	ck_assert_int_eq(add_to(s.ctx, hole, 2 * s.m.page, LIBUFFD_MISSING, good()), -ENXIO);
	munmap(hole, 3 * s.m.page);
}

static void taken_already(void)
{
	struct uffd_region_opts o = good();
	struct uffd_ctx *other = serve_ctx(0);
	struct uffd_region *r;
	uint8_t *at = s.m.at;

	ck_assert_int_eq(uffd_region_add(&r, s.ctx, at + s.m.page, s.m.page, LIBUFFD_MISSING, &o),
			 0);
	ck_assert_int_eq(add(LIBUFFD_MISSING, o), -EEXIST);
	ck_assert_int_eq(add_to(s.ctx, at + s.m.page, s.m.page, LIBUFFD_MISSING, o), -EEXIST);
	ck_assert_int_eq(add_to(other, at, s.m.length, LIBUFFD_MISSING, o), -EBUSY);
	ck_assert_int_eq(add_to(other, at, s.m.page, LIBUFFD_MISSING, o), 0);
	ck_assert_ptr_null(uffd_region_lookup(other, at, NULL));
	ck_assert_int_eq(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	ck_assert_int_eq(add_to(other, at, s.m.length, LIBUFFD_MISSING, o), 0);
	ck_assert_int_eq(uffd_ctx_close(other, LIBUFFD_CLOSE_REFUSE), 0);
}

static void refused_descriptor(int flags, int error)
{
	struct uffd_region_opts o = good();
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", shared.fd);
	o.flags = LIBUFFD_REGION_FD;
	o.fd = open(path, flags | O_CLOEXEC);
	ck_assert_int_ge(o.fd, 0);
	ck_assert_int_eq(add_shared(LIBUFFD_MISSING | LIBUFFD_MINOR, o), error);
	close(o.fd);
}

static void bad_files(void)
{
	struct uffd_region_opts o = good();
	int other = memfd_create("other", MFD_CLOEXEC), closed = dup(shared.fd);

	ck_assert_int_eq(ftruncate(other, (off_t)shared.length), 0);
	close(closed);
	o.flags = LIBUFFD_REGION_FD;
	o.fd = shared.fd;
	ck_assert_int_eq(add_shared(LIBUFFD_MISSING | LIBUFFD_MINOR, o), 0);
	o.fd = other;
	ck_assert_int_eq(add_shared(LIBUFFD_MISSING, o), -EBADF);
	o.fd = closed;
	ck_assert_int_eq(add_shared(LIBUFFD_MISSING, o), -EBADF);
	o.fd = -1;
	ck_assert_int_eq(add_shared(LIBUFFD_MISSING, o), -EBADF);
	o.fd = shared.fd;
	o.fd_offset = s.m.page;
	ck_assert_int_eq(add_shared(LIBUFFD_MISSING, o), -EBADF);
	o.fd_offset = 8;
	ck_assert_int_eq(add_shared(LIBUFFD_MISSING, o), -EINVAL);
	o.fd_offset = 0;
	/* A descriptor that cannot write the pages where they belong. */
	refused_descriptor(O_RDONLY, -EPERM);
	refused_descriptor(O_RDWR | O_APPEND, -EINVAL);
	/* A file has no part in private memory. */
	ck_assert_int_eq(add(LIBUFFD_MISSING, o), -EINVAL);
	/* The file is shorter than its mapping. */
	ck_assert_int_eq(ftruncate(shared.fd, (off_t)s.m.page), 0);
	ck_assert_int_eq(add_shared(LIBUFFD_MISSING, o), -ERANGE);
	ck_assert_int_eq(ftruncate(shared.fd, (off_t)shared.length), 0);
	close(other);
}

static void what_cannot_be(void)
{
	char name[] = "/var/tmp/uffd-test-XXXXXX";
	int disk = mkostemp(name, O_CLOEXEC);
	struct uffd_ctx *plain, *user_only = serve_ctx_flags(0, LIBUFFD_CTX_USER_MODE_ONLY);
	uint64_t features = UFFD_FEATURE_MISSING_SHMEM;
	void *at;

	/* No MINOR on anonymous memory; no mode whose feature the handshake left out. */
	ck_assert_int_eq(add(LIBUFFD_MISSING | LIBUFFD_MINOR, good()), -EOPNOTSUPP);
	ck_assert_int_eq(uffd_ctx_adopt(&plain, test_uffd(features), features, NULL), 0);
	ck_assert_int_eq(add_to(plain, shared.at, shared.length, LIBUFFD_MISSING, good()), 0);
	ck_assert_int_eq(
		add_to(plain, shared.at, shared.length, LIBUFFD_MISSING | LIBUFFD_MINOR, good()),
		-EOPNOTSUPP);
	ck_assert_int_eq(add_to(plain, s.m.at, s.m.length, LIBUFFD_WP, WITH(wp_fault, count_wp)),
			 -EOPNOTSUPP);
	ck_assert_int_eq(uffd_ctx_close(plain, LIBUFFD_CLOSE_REFUSE), 0);
	/* A guest would not fault but exit. */
	ck_assert_int_eq(add_to(user_only, s.m.at, s.m.length, LIBUFFD_MISSING,
				WITH(flags, LIBUFFD_REGION_KVM)),
			 -EACCES);
	ck_assert_int_eq(add(LIBUFFD_MISSING, WITH(flags, LIBUFFD_REGION_KVM)), 0);
	ck_assert_int_eq(uffd_ctx_close(user_only, LIBUFFD_CLOSE_REFUSE), 0);
	/* A file on a disk. */
	if (disk < 0)
		return;
	unlink(name);
	ck_assert_int_eq(ftruncate(disk, (off_t)s.m.page), 0);
	at = mmap(NULL, s.m.page, PROT_READ | PROT_WRITE, MAP_SHARED, disk, 0);
	if (at != MAP_FAILED) {
		int ret = add_to(s.ctx, at, s.m.page, LIBUFFD_MISSING, good());

		/* Where /var/tmp is a tmpfs it can. */
		ck_assert(ret == -EOPNOTSUPP || ret == 0);
		munmap(at, s.m.page);
	}
	close(disk);
}

static void read_only_file(void)
{
	char path[64];
	void *at;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", shared.fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	at = mmap(NULL, shared.length, PROT_READ, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(at, MAP_FAILED);
	ck_assert_int_eq(add_to(s.ctx, at, shared.length, LIBUFFD_MISSING, good()), -EPERM);
	munmap(at, shared.length);
	close(fd);
}

static void each_refusal(void)
{
	struct uffd_msg msg;

	test_memory_make(&s.m, LIBUFFD_BACKING_ANON, 4);
	test_memory_make(&shared, LIBUFFD_BACKING_SHMEM, 4);
	s.ctx = serve_ctx(0);
	bad_options();
	both_contents();
	bad_ranges();
	taken_already();
	bad_files();
	what_cannot_be();
	read_only_file();
	/* Nothing of all that is registered: this does not wait for anybody. */
	ck_assert(all_zero(s.m.at, s.m.length));
	ck_assert(all_zero(shared.at, shared.length));
	ck_assert_int_eq(uffd_raw_read(uffd_ctx_fd(s.ctx), &msg, 1), -EAGAIN);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&shared);
	test_memory_free(&s.m);
}
TEST_MAIN(each_refusal)
