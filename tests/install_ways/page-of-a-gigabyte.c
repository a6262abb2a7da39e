/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A page of 1 GiB is brought whole: read into the alias, or into a buffer of its own and copied. */
#include "ways.h"

#define GIB       (UINT64_C(1) << 30)
#define HUGE_1GIB (30u << MAP_HUGE_SHIFT)

static uint64_t word_at(uint64_t offset)
{
	return (offset + 8) * UINT64_C(0x9e3779b97f4a7c15);
}

static int64_t words(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	uint64_t *to = buffer;

	(void)user;
	for (uint64_t i = 0; i < length / 8; i++)
		to[i] = word_at(offset + i * 8);
	return (int64_t)length;
}

static void brought(struct test_memory m, uint32_t modes, uint32_t flags, uint32_t install)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = words};
	struct uffd_source *source;
	struct served s = {.m = m};
	const uint64_t *at = m.at;

	s.content = content_make(4096);
	s.ctx = serve_ctx(0);
	/* It ends a little before the page. */
	ck_assert_int_eq(uffd_source_open(&source, GIB - 4096, &ops, NULL), 0);
	s.region = serve_region(
		&s, &s.m, modes,
		(struct uffd_region_opts){.source = source, .flags = flags, .install = install});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	for (uint64_t i = 0; i < (GIB - 4096) / 8; i++)
		if (at[i] != word_at(i * 8))
			ck_abort_msg("word %llu", (unsigned long long)i);
	ck_assert(all_zero((const uint8_t *)m.at + GIB - 4096, 4096));
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(s.content, 4096);
	test_memory_free(&s.m);
}

static void page_of_a_gigabyte(void)
{
	struct test_memory m = {.length = GIB, .page = GIB, .fd = -1};

	m.fd = memfd_create("gigabyte", MFD_CLOEXEC | MFD_HUGETLB | HUGE_1GIB);
	if (m.fd < 0)
		test_skip("no pages of 1 GiB: %s", strerror(errno));
	ck_assert_int_eq(ftruncate(m.fd, (off_t)GIB), 0);
	m.at = mmap(NULL, GIB, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
	if (m.at == MAP_FAILED)
		test_skip("no free page of 1 GiB (nr_hugepages of hugepages-1048576kB)");
	brought(m, WAY_BOTH, LIBUFFD_REGION_ALIAS, LIBUFFD_INSTALL_ALIAS);
	m.fd = -1;
	m.at = mmap(NULL, GIB, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | HUGE_1GIB, -1, 0);
	if (m.at == MAP_FAILED)
		test_skip("no free page of 1 GiB any more");
	brought(m, LIBUFFD_MISSING, 0, LIBUFFD_INSTALL_AUTO);
}

TEST_MAIN(page_of_a_gigabyte)
