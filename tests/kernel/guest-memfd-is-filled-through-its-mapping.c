/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A mappable guest_memfd: MAP_SHARED works and MAP_PRIVATE is EINVAL; write is EINVAL, pwrite,
 * pread and lseek are ESPIPE. It is filled by memcpy through the mapping, populated by
 * MADV_POPULATE_WRITE, seen by mincore, and emptied by PUNCH_HOLE and MADV_REMOVE. fallocate of a
 * range works, though mincore does not see its pages until they are touched.
 */
#include "expect.h"
#include "kvm.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define REFUSED(call, wanted)                                                                      \
	do {                                                                                       \
		ck_assert_msg((call) < 0, "fact changed: %s works on guest_memfd", #call);         \
		ck_assert_int_eq(errno, wanted);                                                   \
	} while (0)

static void expect_refusals(const struct test_memory *m)
{
	char bytes[16] = "";
	void *private = mmap(NULL, m->length, PROT_READ | PROT_WRITE, MAP_PRIVATE, m->fd, 0);

	ck_assert_ptr_eq(private, MAP_FAILED);
	ck_assert_int_eq(errno, EINVAL);
	REFUSED(write(m->fd, bytes, sizeof(bytes)), EINVAL);
	REFUSED(pwrite(m->fd, bytes, sizeof(bytes), 0), ESPIPE);
	REFUSED(pread(m->fd, bytes, sizeof(bytes), 0), ESPIPE);
	REFUSED(lseek(m->fd, 0, SEEK_SET), ESPIPE);
}

static void guest_memfd_is_filled_through_its_mapping(void)
{
	struct test_memory m;
	uint8_t *from;

	kvm_guest_memfd_make(&m, 4);
	from = pattern_make(&m, 5);
	expect_refusals(&m);

	ck_assert(!page_cached(&m, 0));
	ck_assert_int_eq(fallocate(m.fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)m.page), 0);
	ck_assert(!page_cached(&m, 0)); /* mincore counts only pages that were also zeroed */
	ck_assert_int_eq(madvise(page_at(&m, 1), m.page, MADV_POPULATE_WRITE), 0);
	ck_assert(page_cached(&m, 1) && page_mapped(page_at(&m, 1)));
	ck_assert(!page_cached(&m, 2));
	memcpy(m.at, from, m.length);
	for (size_t k = 0; k < 4; k++)
		ck_assert(bytes_are(page_at(&m, k), (uint8_t)(5 + k), m.page));

	ck_assert_int_eq(
		fallocate(m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)m.page), 0);
	ck_assert_int_eq(madvise(page_at(&m, 1), m.page, MADV_REMOVE), 0);
	ck_assert(!page_cached(&m, 0) && !page_cached(&m, 1) && page_cached(&m, 2));
	ck_assert(bytes_are(m.at, 0, 2 * m.page));
	pattern_free(&m, from);
	test_memory_free(&m);
}
TEST_MAIN(guest_memfd_is_filled_through_its_mapping)
