/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A whole file of a version or with a flag that is not known is told from a damaged one. What
 * another version has behind its first fields, and how long its header is, is its own affair.
 */
#include "wset.h"

static void unknown_version(int fd, const struct wset *w, uint32_t version)
{
	wset_put(fd, AT_VERSION, 4, version);
	wset_refused(fd, -EBADMSG, "damaged");
	wset_sign(fd, wset_tables_end(&w->f));
	wset_refused(fd, -EPROTONOSUPPORT, "another version");
	wset_put(fd, AT_VERSION, 4, 1);
	wset_sign(fd, wset_tables_end(&w->f));
}

static void unknown_flags(int fd, const struct wset *w)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		wset_put(fd, AT_FLAGS, 8, UINT64_C(1) << bit);
		wset_sign(fd, wset_tables_end(&w->f));
		wset_refused(fd, -EPROTONOSUPPORT, "a flag");
	}
}

/* A file that is nothing but a header of bytes, of version. */
static int header_alone(uint32_t version, uint32_t bytes)
{
	int fd = wset_memfd();

	ck_assert_int_eq(pwrite(fd, "UFFDWSET", 8, 0), 8);
	wset_put(fd, AT_VERSION, 4, version);
	wset_put(fd, AT_HEADER_BYTES, 4, bytes);
	wset_put(fd, bytes - 4, 4, wset_sum_file(fd, 0, bytes - 4));
	return fd;
}

static void another_header(uint32_t version, uint32_t bytes, int expected)
{
	int fd = wset_memfd();
	uint8_t raw[8192] = "UFFDWSET";

	memset(raw + 16, 0x5a, bytes);
	ck_assert_int_eq(pwrite(fd, raw, bytes, 0), bytes);
	wset_put(fd, AT_VERSION, 4, version);
	wset_put(fd, AT_HEADER_BYTES, 4, bytes);
	wset_put(fd, bytes - 4, 4, wset_sum_file(fd, 0, bytes - 4));
	wset_refused(fd, expected, "another header");
	/* ... with something behind it ... */
	ck_assert_int_eq(ftruncate(fd, 100000), 0);
	wset_refused(fd, expected, "another header, and more");
	/* ... and with a byte less than it says. */
	ck_assert_int_eq(ftruncate(fd, bytes - 1), 0);
	wset_refused(fd, -EBADMSG, "not all of another header");
	close(fd);
}

static void another_version(void)
{
	static struct wset w;
	struct wset_file f;
	int fd = wset_memfd();

	wset_fill(&w);
	wset_write(fd, &w);
	unknown_version(fd, &w, 0);
	unknown_version(fd, &w, 2);
	unknown_version(fd, &w, UINT32_MAX);
	ck_assert_int_eq(wset_file_read(fd, &f), 0);
	wset_file_free(&f);
	unknown_flags(fd, &w);
	close(fd);

	another_header(2, 20, -EPROTONOSUPPORT);
	another_header(2, 160, -EPROTONOSUPPORT);
	another_header(2, 777, -EPROTONOSUPPORT);
	another_header(2, 4096, -EPROTONOSUPPORT);
	another_header(2, 4100, -EBADMSG);
	/* Version 1 has one size. */
	another_header(1, 20, -EBADMSG);
	another_header(1, 4096, -EBADMSG);
	fd = header_alone(1, 20);
	wset_refused(fd, -EBADMSG, "a header that ends early");
	close(fd);
}
TEST_MAIN(another_version)
