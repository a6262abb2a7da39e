/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the kernel answers, seen exactly: the errno and the result field of each ioctl, the messages
 * in their order, the page tables. The raw layer folds the first two into one number.
 */
#ifndef EXPECT_H
#define EXPECT_H

#include "test.h"

#include <uffd/raw.h>

static inline uint64_t address(const volatile void *at)
{
	return (uint64_t)(uintptr_t)at;
}

static inline uint8_t *page_at(const struct test_memory *m, size_t page)
{
	return (uint8_t *)m->at + page * m->page;
}

/* Ordinary memory of the same size, page k full of first + k. To be unmapped by the caller. */
uint8_t *pattern_make(const struct test_memory *m, uint8_t first);
void pattern_free(const struct test_memory *m, uint8_t *pattern);

/* Writes a page full of value to the memory's file, not through a mapping. */
void page_pwrite(const struct test_memory *m, size_t page, uint8_t value);

/* One ioctl's answer. error: 0 or a negative errno. field: as the kernel left it. */
struct answer {
	int error;
	int64_t field;
};
/* What the field holds before the call. */
#define UNTOUCHED INT64_C(0x5eed)

struct answer ask_copy(int fd, void *dst, const void *src, size_t length, uint64_t mode);
struct answer ask_zeropage(int fd, void *at, size_t length, uint64_t mode);
struct answer ask_continue(int fd, void *at, size_t length, uint64_t mode);
struct answer ask_poison(int fd, void *at, size_t length, uint64_t mode);
struct answer ask_move(int fd, void *dst, void *src, size_t length, uint64_t mode);

#define EXPECT_ANSWER(call, wanted_error, wanted_field)                                            \
	do {                                                                                       \
		struct answer answer_ = (call);                                                    \
		int64_t wanted_field_ = (int64_t)(wanted_field);                                   \
		ck_assert_msg(answer_.error == (wanted_error) && answer_.field == wanted_field_,   \
			      "%s: error %d (%s), field %lld; expected error %d, field %lld",      \
			      #call, answer_.error, strerror(-answer_.error),                      \
			      (long long)answer_.field, (wanted_error), (long long)wanted_field_); \
	} while (0)
/* The same where only the errno is of interest. */
#define EXPECT_ERROR(call, wanted_error)                                                           \
	do {                                                                                       \
		struct answer answer_ = (call);                                                    \
		ck_assert_msg(answer_.error == (wanted_error), "%s: error %d (%s); expected %d",   \
			      #call, answer_.error, strerror(-answer_.error), (wanted_error));     \
	} while (0)

/* Registers all of the memory, or fails the test. */
void expect_register(int fd, const struct test_memory *m, uint64_t mode);

/* Blocks until the descriptor has something to read; fails the test after ten seconds. */
void expect_readable(int fd);
/* The next message, which must be this event. Waits for it. */
struct uffd_msg expect_event(int fd, uint8_t event);
/* The next message must be a fault of the page that begins at at, with exactly these flags. */
void expect_fault(int fd, const volatile void *at, uint64_t flags);
/* No message is there to read. */
void expect_silence(int fd);

/*
 * Another thread touches one byte and no message is sent. Returns the byte read. Fails the test at
 * the first message.
 */
uint8_t expect_silent_touch(int fd, void *at, bool write, uint8_t value);

/* The entry of /proc/self/pagemap; asking raises no fault. */
uint64_t page_entry(const volatile void *at);
#define PAGE_ENTRY_PRESENT (UINT64_C(1) << 63)
#define PAGE_ENTRY_WP      (UINT64_C(1) << 57)
static inline bool page_mapped(const volatile void *at)
{
	return (page_entry(at) & PAGE_ENTRY_PRESENT) != 0;
}
static inline bool page_protected(const volatile void *at)
{
	return (page_entry(at) & PAGE_ENTRY_WP) != 0;
}
/* Whether the page cache has this page of a file's memory. Raises no fault. */
bool page_cached(const struct test_memory *m, size_t page);

/* Whether length bytes at at are all value. Reads them, so they must be mapped. */
bool bytes_are(const void *at, uint8_t value, size_t length);

#endif
