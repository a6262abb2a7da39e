/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Where the file system has no room for all of a run the answer is how far it had room, or the
 * error; the rest is still claimed, and it is completed when there is room again.
 */
#include "claims.h"

#include <sys/syscall.h>

/* <linux/mount.h> and <sys/mount.h> do not get along. */
#define SET_STRING 1
#define CREATE     6

static void set(int fs, const char *key, const char *value)
{
	if (syscall(SYS_fsconfig, fs, SET_STRING, key, value, 0))
		test_skip("a file system with %s=%s: %s", key, value, strerror(errno));
}

/* A file of pages pages where there is room for fewer; never mounted. */
static void make_small(struct test_memory *m, const char *type, const char *size, size_t pages)
{
	bool huge = !strcmp(type, "hugetlbfs");
	int fs = (int)syscall(SYS_fsopen, type, 1u), dir;

	if (fs < 0)
		test_skip("a %s of one's own: %s", type, strerror(errno));
	set(fs, "size", size);
	if (huge)
		set(fs, "pagesize", "2M");
	if (syscall(SYS_fsconfig, fs, CREATE, NULL, NULL, 0))
		test_skip("a %s of one's own: %s", type, strerror(errno));
	dir = (int)syscall(SYS_fsmount, fs, 1u, 0);
	ck_assert_int_ge(dir, 0);
	m->fd = openat(dir, "memory", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(m->fd, 0);
	close(dir);
	close(fs);
	m->page = huge ? HUGE_PAGE_SIZE : (size_t)sysconf(_SC_PAGESIZE);
	m->length = pages * m->page;
	ck_assert_int_eq(ftruncate(m->fd, (off_t)m->length), 0);
	m->at = mmap(NULL, m->length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, m->fd, 0);
	if (m->at == MAP_FAILED)
		test_skip("mmap on a small %s: %s", type, strerror(errno));
}

static bool is_shortage(int ret)
{
	return ret == -ENOSPC || ret == -ENOMEM;
}

/* Pages complete so far, all of them at the front and with their content. */
static size_t complete_front(const struct served *s, size_t n)
{
	size_t done = 0;

	while (done < n && page_state(s, done) == LIBUFFD_PAGE_CACHED)
		done++;
	for (size_t p = done; p < n; p++)
		ck_assert_uint_eq(LIBUFFD_PAGE_STATE(page_state(s, p)), LIBUFFD_PAGE_BUSY);
	return done;
}

static void fill_up(const char *type, const char *size, size_t room, size_t n, int populate)
{
	struct served s = {0};
	uint8_t *alias;
	struct toucher t;
	size_t done;
	int64_t ret;

	make_small(&s.m, type, size, n);
	alias = test_memory_alias(&s.m);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx(0);
	claims_add(&s, LIBUFFD_MISSING | LIBUFFD_MINOR, 0);
	claim(&s, 0, n);
	wait_start(&s, &t, n - 1);
	if (populate)
		ret = uffd_populate(s.region, 0, s.content, s.m.length, 0);
	else
		ret = uffd_copy(s.region, 0, s.content, s.m.length, 0);
	done = complete_front(&s, n);
	/* What was done before it, or the error. */
	ck_assert_msg(ret > 0 ? (size_t)ret == done * s.m.page : is_shortage((int)ret), "%s: %lld",
		      type, (long long)ret);
	ck_assert_uint_le(done, room);
	if (!populate)
		ck_assert_uint_eq(done, room);
	ck_assert(touch_asleep(&t));
	for (size_t p = 0; p < done; p++)
		ck_assert(content_is(alias + p * s.m.page, p * s.m.page, s.m.page));

	/* Still no room, one by one neither. */
	ret = uffd_copy(s.region, (n - 1) * s.m.page, s.content + (n - 1) * s.m.page, s.m.page, 0);
	ck_assert(is_shortage((int)ret));
	ck_assert_uint_eq(LIBUFFD_PAGE_STATE(page_state(&s, n - 1)), LIBUFFD_PAGE_BUSY);
	ret = uffd_zero(s.region, (n - 1) * s.m.page, s.m.page, 0);
	ck_assert(is_shortage((int)ret));

	/* Room for one: the one somebody waits for. */
	ck_assert_int_eq(fallocate(s.m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				   (off_t)(room * s.m.page)),
			 0);
	ck_assert_int_eq(uffd_copy(s.region, (n - 1) * s.m.page, s.content + (n - 1) * s.m.page,
				   s.m.page, 0),
			 0);
	wait_end(&t, first_byte(&s, n - 1));
	expect_content(&s, n - 1, 1);
	ck_assert_int_eq(uffd_abandon(s.region, done * s.m.page, (n - 1 - done) * s.m.page), 0);
	munmap(alias, s.m.length);
	serve_end(&s);
}

static void leaves_the_claim(void)
{
	if (sysconf(_SC_PAGESIZE) != 4096)
		test_skip("sizes are for pages of 4 KiB");
	for (int populate = 0; populate < 2; populate++) {
		fill_up("tmpfs", "32768", 8, 20, populate);
		if (huge_pages_free(4))
			fill_up("hugetlbfs", "4M", 2, 4, populate);
	}
}
TEST_MAIN(leaves_the_claim)
