/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * LIBUFFD_SOURCE_DIRECT: whatever begins or ends where O_DIRECT cannot, a region that begins
 * anywhere in the file, a file that ends within a sector, holes of any size: every byte is right.
 * Faults, a demand and a prefetch.
 */
#include "serve.h"

#include <sys/stat.h>

#define PAGES 128u

/* Where the file has no data, bytes. */
static const struct uffd_range holes[] = {
	{16 * 4096, 16 * 4096}, {50 * 4096, 4096}, {100 * 4096, 8192}};

static bool in_hole(uint64_t at)
{
	for (size_t k = 0; k < sizeof(holes) / sizeof(*holes); k++)
		if (at >= holes[k].offset && at < holes[k].offset + holes[k].length)
			return true;
	return false;
}

static int file_make(uint64_t length, bool sparse)
{
	char path[] = "/var/tmp/uffd-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	uint8_t *content = content_make(length);

	ck_assert_int_ge(fd, 0);
	unlink(path);
	for (uint64_t at = 0; at < length; at += 4096) {
		uint64_t n = length - at < 4096 ? length - at : 4096;

		if (!sparse || !in_hole(at))
			ck_assert_int_eq(pwrite(fd, content + at, n, (off_t)at), (ssize_t)n);
	}
	ck_assert_int_eq(ftruncate(fd, (off_t)length), 0);
	ck_assert_int_eq(fsync(fd), 0);
	munmap(content, length);
	return fd;
}

/* What the region has to be, from offset of the file on. */
static void expected(struct served *s, uint64_t offset, uint64_t length, bool sparse)
{
	for (uint64_t at = 0; at < s->m.length; at++)
		s->content[at] = offset + at >= length || (sparse && in_hole(offset + at))
					 ? 0
					 : content_byte(offset + at);
}

static void brought(uint64_t offset, uint64_t length, bool sparse, uint32_t install)
{
	struct uffd_source_file_opts opts = {.size = sizeof(opts), .flags = LIBUFFD_SOURCE_DIRECT};
	struct uffd_prefetch *prefetch;
	struct uffd_source *source;
	int fd = file_make(length, sparse), ret;
	struct toucher t;
	struct served s;

	ret = uffd_source_open_fd(&source, fd, &opts);
	if (ret == -EINVAL)
		test_skip("no O_DIRECT in /var/tmp");
	ck_assert_int_eq(ret, 0);
	serve(&s, install == LIBUFFD_INSTALL_COPY ? LIBUFFD_BACKING_ANON : LIBUFFD_BACKING_SHMEM,
	      (length - offset + 4095) / 4096, 0,
	      LIBUFFD_MISSING | (install == LIBUFFD_INSTALL_COPY ? 0 : LIBUFFD_MINOR),
	      (struct uffd_region_opts){
		      .source = source,
		      .source_offset = offset,
		      .install = install,
		      .flags = install == LIBUFFD_INSTALL_ALIAS ? LIBUFFD_REGION_ALIAS : 0});
	uffd_source_close(source);
	expected(&s, offset, length, sparse);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < s.m.length / 4096; k += 17) {
		touch_start(&t, served_page(&s, k), false, 0);
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
		ck_assert(served_right(&s, k));
	}
	ck_assert_int_eq(uffd_demand(s.region, s.m.length / 8192 * 4096, 8192, NULL), 0);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	uffd_prefetch_close(prefetch);
	serve_settled(&s);
	for (size_t k = 0; k < s.m.length / 4096; k++)
		ck_assert_msg(served_right(&s, k), "page %zu", k);
	ck_assert_uint_eq(stats_of(s.ctx).source_errors, 0);
	serve_end(&s);
	close(fd);
}

static void direct_of_any_offset_and_length(void)
{
	static const uint64_t offsets[] = {0, 512, 1, 4095, 4096, 5 * 4096 + 513};
	static const uint64_t lengths[] = {PAGES * 4096, PAGES * 4096 - 1, PAGES * 4096 - 512,
					   PAGES * 4096 - 4095};

	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++)
		for (size_t k = 0; k < sizeof(lengths) / sizeof(*lengths); k++)
			brought(offsets[i], lengths[k], (i + k) % 2, LIBUFFD_INSTALL_COPY);
	brought(0, PAGES * 4096, true, LIBUFFD_INSTALL_ALIAS);
	brought(512, PAGES * 4096 - 1, true, LIBUFFD_INSTALL_ALIAS);
	brought(1, PAGES * 4096 - 1, true, LIBUFFD_INSTALL_POPULATE);
}

TEST_MAIN(direct_of_any_offset_and_length)
