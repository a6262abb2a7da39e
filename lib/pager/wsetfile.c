/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See wsetfile.h: a file is gone over once, a bufferful at a time. */
#include "pager/wsetfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pager/wsetbytes.h"
#include "pager/wsetcheck.h"
#include "util/crc32c.h"

#define BUFFER_BYTES 12288u /* whole records of every kind */

void wset_file_layout(struct wset_file *f)
{
	f->pack_at = wset_lay_out(f).pack_at;
	f->sum_count = wset_blocks(f->pack_bytes);
}

/* Going over a file from the tables' start on, with their checksum. */
struct pass {
	int fd;
	uint64_t at;
	uint32_t sum;
	uint8_t buffer[BUFFER_BYTES];
};

static int write_all(int fd, const uint8_t *from, size_t bytes, uint64_t at)
{
	while (bytes) {
		ssize_t n = pwrite(fd, from, bytes, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		from += n;
		at += (uint64_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}

/* All of it, or -EBADMSG: it has shrunk. */
static int read_all(int fd, uint8_t *to, size_t bytes, uint64_t at)
{
	while (bytes) {
		ssize_t n = pread(fd, to, bytes, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		to += n;
		at += (uint64_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}

static int write_some(struct pass *p, size_t bytes)
{
	int ret = write_all(p->fd, p->buffer, bytes, p->at);

	p->sum = crc32c(p->sum, p->buffer, bytes);
	p->at += bytes;
	return ret;
}

static int read_some(struct pass *p, size_t bytes)
{
	int ret = read_all(p->fd, p->buffer, bytes, p->at);

	if (ret < 0)
		return ret;
	p->sum = crc32c(p->sum, p->buffer, bytes);
	p->at += bytes;
	return 0;
}

/* How many records there are in the next bufferful of those from i on. */
static uint64_t bufferful(const struct wset_record *r, uint64_t i, uint64_t count)
{
	uint64_t room = BUFFER_BYTES / r->bytes;

	return count - i < room ? count - i : room;
}

static int write_table(struct pass *p, const struct wset_file *f, const struct wset_record *r,
		       uint64_t count)
{
	uint64_t i = 0, n;
	int ret = 0;

	for (; i < count && ret == 0; i += n) {
		n = bufferful(r, i, count);
		for (uint64_t j = 0; j < n; j++)
			r->encode(f, i + j, p->buffer + j * r->bytes);
		ret = write_some(p, (size_t)n * r->bytes);
	}
	return ret;
}

/*
 * Checks each as it comes: what claims to be long and is not what it should be ends early. ok:
 * those before it are; NULL: any is.
 */
static int read_table(struct pass *p, struct wset_file *f, const struct wset_record *r,
		      uint64_t count, bool (*ok)(const struct wset_file *f, uint64_t i))
{
	for (uint64_t i = 0, n; i < count; i += n) {
		int ret;

		n = bufferful(r, i, count);
		ret = read_some(p, (size_t)n * r->bytes);
		if (ret < 0)
			return ret;
		for (uint64_t j = 0; j < n; j++) {
			r->decode(f, i + j, p->buffer + j * r->bytes);
			if (ok && !ok(f, i + j))
				return -EBADMSG;
		}
	}
	return 0;
}

static int write_padding(struct pass *p, uint64_t end)
{
	size_t bytes = (size_t)(end - p->at);

	memset(p->buffer, 0, bytes);
	return write_some(p, bytes);
}

static int read_padding(struct pass *p, uint64_t end)
{
	size_t bytes = (size_t)(end - p->at);
	int ret = read_some(p, bytes);

	for (size_t i = 0; i < bytes && ret == 0; i++) {
		if (p->buffer[i])
			ret = -EBADMSG;
	}
	return ret;
}

int wset_file_write(int fd, const struct wset_file *f)
{
	struct pass p = {.fd = fd, .at = WSET_HEADER_BYTES};
	uint8_t header[WSET_HEADER_BYTES];
	int ret = wset_check_all(f);

	if (ret < 0)
		return ret == -EBADMSG ? -EINVAL : ret;
	ret = write_table(&p, f, &wset_entry_record, f->entry_count);
	if (ret == 0)
		ret = write_table(&p, f, &wset_run_record, f->run_count);
	if (ret == 0)
		ret = write_table(&p, f, &wset_sum_record, f->sum_count);
	if (ret == 0)
		ret = write_padding(&p, wset_lay_out(f).tables_end);
	if (ret < 0)
		return ret;
	wset_encode_header(header, f, p.sum);
	return write_all(fd, header, sizeof(header), 0);
}

static int read_header(int fd, struct wset_file *f, uint32_t *tables_sum)
{
	uint8_t header[WSET_HEADER_MOST];
	size_t bytes = sizeof(header);
	struct wset_layout said = {0};
	struct stat st;
	int ret;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size < bytes)
		bytes = (size_t)st.st_size;
	ret = read_all(fd, header, bytes, 0);
	if (ret == 0)
		ret = wset_check_version(header, bytes);
	if (ret == 0)
		ret = wset_decode_header(header, f, &said, tables_sum);
	return ret < 0 ? ret : wset_check_header(f, &said, (uint64_t)st.st_size);
}

/* A table of count, NULL for none; the counts have been checked against the file's length. */
static bool make_tables(struct wset_file *f)
{
	if (f->entry_count)
		f->entries = calloc((size_t)f->entry_count, sizeof(*f->entries));
	if (f->run_count)
		f->runs = calloc((size_t)f->run_count, sizeof(*f->runs));
	if (f->sum_count)
		f->sums = calloc((size_t)f->sum_count, sizeof(*f->sums));
	return (f->entries || !f->entry_count) && (f->runs || !f->run_count) &&
	       (f->sums || !f->sum_count);
}

/* Every byte is read once: what is checked is what is kept, also while somebody writes the file. */
static int read_tables(int fd, struct wset_file *f, uint32_t tables_sum)
{
	struct pass p = {.fd = fd, .at = WSET_HEADER_BYTES};
	int ret;

	if (!make_tables(f))
		return -ENOMEM;
	ret = read_table(&p, f, &wset_entry_record, f->entry_count, wset_entry_ok);
	if (ret == 0)
		ret = read_table(&p, f, &wset_run_record, f->run_count, wset_run_ok);
	if (ret == 0)
		ret = read_table(&p, f, &wset_sum_record, f->sum_count, NULL);
	if (ret == 0)
		ret = read_padding(&p, wset_lay_out(f).tables_end);
	if (ret == 0 && p.sum != tables_sum)
		ret = -EBADMSG;
	return ret < 0 ? ret : wset_check_runs(f);
}

int wset_file_read(int fd, struct wset_file *f)
{
	uint32_t tables_sum = 0;
	int ret;

	memset(f, 0, sizeof(*f));
	ret = read_header(fd, f, &tables_sum);
	if (ret == 0)
		ret = read_tables(fd, f, tables_sum);
	if (ret < 0) {
		wset_file_free(f);
		memset(f, 0, sizeof(*f));
	}
	return ret;
}

void wset_file_free(struct wset_file *f)
{
	free(f->entries);
	free(f->runs);
	free(f->sums);
	f->entries = NULL;
	f->runs = NULL;
	f->sums = NULL;
	f->entry_count = f->run_count = f->sum_count = 0;
}

bool wset_file_block_ok(const struct wset_file *f, uint64_t index, const void *data, size_t length)
{
	uint64_t left;

	if (index >= f->sum_count)
		return false;
	left = f->pack_bytes - index * WSET_BLOCK;
	return length == (left < WSET_BLOCK ? left : WSET_BLOCK) &&
	       crc32c(0, data, length) == f->sums[index];
}
