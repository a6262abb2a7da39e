/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A huge page is put together from hundreds of pieces of layers of all kinds: one that reads at
 * once, one that answers later, one that answers at once, memory, and a file. Also the 2 MiB that
 * are moved into anonymous memory, and those read into an alias.
 */
#include "leaves.h"

#define HUGE   (UINT64_C(2) << 20)
#define PAGES  2u
#define LENGTH (PAGES * HUGE)

static struct leaves ls;
static uint8_t *expected, *memory;

/* The base is a file, then memory over its first quarter, then the leaves. */
static struct uffd_source *make(void)
{
	struct uffd_source *layers[5], *source;
	int fd = memfd_create("base", MFD_CLOEXEC);

	expected = content_make(LENGTH);
	memset(expected + HUGE, 0, HUGE / 4);
	ck_assert_int_eq(ftruncate(fd, (off_t)LENGTH), 0);
	ck_assert_int_eq(pwrite(fd, expected, HUGE, 0), (ssize_t)HUGE);
	ck_assert_int_eq(pwrite(fd, expected + HUGE * 5 / 4, HUGE * 3 / 4, (off_t)(HUGE * 5 / 4)),
			 (ssize_t)(HUGE * 3 / 4));
	ck_assert_int_eq(uffd_source_open_fd(&layers[0], fd, NULL), 0);
	close(fd);
	memory = malloc(LENGTH / 4 + 100);
	for (size_t i = 0; i < LENGTH / 4 + 100; i++)
		expected[i] = memory[i] = content_byte(i * 3 + 7);
	ck_assert_int_eq(uffd_source_open_memory(&layers[1], memory, LENGTH / 4 + 100), 0);
	memset(&ls, 0, sizeof(ls));
	leaves_add(&ls, LEAF_ANSWERS, LENGTH, 5000, 3);
	leaves_add(&ls, LEAF_READS, LENGTH - 1000, 4096 * 3, 2);
	leaves_add(&ls, LEAF_AT_ONCE, LENGTH / 2 + 1, 512 * 9, 1);
	for (unsigned int i = 0; i < 3; i++) {
		const struct leaf *l = &ls.leaf[i];

		layers[2 + i] = leaf_open(&ls.leaf[i]);
		for (uint64_t at = 0; at < l->length; at++)
			if (leaf_has(l, at))
				expected[at] = leaf_byte(l, at);
	}
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, 5), 0);
	for (unsigned int i = 0; i < 5; i++)
		uffd_source_close(layers[i]);
	return source;
}

static void brought(struct uffd_source *source, struct test_memory m, uint32_t modes,
		    struct uffd_region_opts opts, bool prefetch)
{
	struct served s = {.m = m};
	struct uffd_prefetch *f;

	s.ctx = serve_ctx(0);
	s.content = content_make(m.length);
	opts.source = source;
	s.region = serve_region(&s, &s.m, modes, opts);
	s.loop = serve_start(s.ctx, NULL);
	if (prefetch) {
		ck_assert_int_eq(uffd_prefetch_start(&f, s.region, NULL), 0);
		ck_assert_int_eq(uffd_prefetch_wait(f, NULL), 0);
		uffd_prefetch_close(f);
	}
	for (uint64_t at = 0; at < LENGTH; at++)
		if (((volatile uint8_t *)s.m.at)[at] != expected[at])
			ck_abort_msg("install %u, prefetch %d: byte %llu", opts.install,
				     (int)prefetch, (unsigned long long)at);
	serve_end(&s);
}

/* Memory of small pages, aligned as huge ones are. */
static struct test_memory aligned(bool shared)
{
	struct test_memory m = {.page = 4096, .length = LENGTH, .fd = -1};
	uint8_t *at = mmap(NULL, LENGTH + HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t skip = (HUGE - (uintptr_t)at % HUGE) % HUGE;

	if (shared) {
		m.fd = memfd_create("memory", MFD_CLOEXEC);
		ck_assert_int_eq(ftruncate(m.fd, (off_t)LENGTH), 0);
	}
	m.at = mmap(at + skip, LENGTH, PROT_READ | PROT_WRITE,
		    MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS), m.fd, 0);
	ck_assert_ptr_ne(m.at, MAP_FAILED);
	if (skip)
		munmap(at, skip);
	munmap(at + skip + LENGTH, HUGE - skip);
	return m;
}

static void huge_page_of_many_layers(void)
{
	struct uffd_source *source = make();
	struct test_memory m;

	leaves_start(&ls);
	brought(source, aligned(false), LIBUFFD_MISSING, (struct uffd_region_opts){0}, true);
	brought(source, aligned(false), LIBUFFD_MISSING,
		(struct uffd_region_opts){.fault_around = HUGE, .install = LIBUFFD_INSTALL_MOVE},
		false);
	brought(source, aligned(true), LIBUFFD_MISSING | LIBUFFD_MINOR,
		(struct uffd_region_opts){.flags = LIBUFFD_REGION_ALIAS,
					  .install = LIBUFFD_INSTALL_ALIAS},
		true);
	test_memory_make(&m, LIBUFFD_BACKING_HUGETLB_PRIVATE, PAGES);
	brought(source, m, LIBUFFD_MISSING, (struct uffd_region_opts){0}, false);
	test_memory_make(&m, LIBUFFD_BACKING_HUGETLB, PAGES);
	brought(source, m, LIBUFFD_MISSING | LIBUFFD_MINOR,
		(struct uffd_region_opts){.flags = LIBUFFD_REGION_ALIAS}, true);
	uffd_source_close(source);
	leaves_end(&ls);
	free(memory);
	munmap(expected, LENGTH);
}

TEST_MAIN(huge_page_of_many_layers)
