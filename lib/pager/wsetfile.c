/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See wsetfile.h. */
#include "pager/wsetfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/crc32c.h"

#define MAGIC_BYTES  8u
#define VERSION      1u
#define HEADER_BYTES 160u
#define HEADER_LEAST 20u   /* of any version: what all have, and its checksum */
#define HEADER_MOST  4096u /* of any version */
#define ENTRY_BYTES  48u
#define RUN_BYTES    32u
#define SUM_BYTES    4u
#define PACK_ALIGN   4096u
#define BUFFER_BYTES 12288u /* whole records of every kind */
#define REGION_MOST  (UINT64_C(1) << 62)
#define PAGE_LEAST   (UINT64_C(1) << 12)
#define PAGE_MOST    (UINT64_C(1) << 30)

static const uint8_t magic[MAGIC_BYTES] = {'U', 'F', 'F', 'D', 'W', 'S', 'E', 'T'};

/* Numbers, and a cursor over them. */

static void put32(uint8_t **at, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		(*at)[i] = (uint8_t)(value >> 8 * i);
	*at += 4;
}

static void put64(uint8_t **at, uint64_t value)
{
	put32(at, (uint32_t)value);
	put32(at, (uint32_t)(value >> 32));
}

static uint32_t get32(const uint8_t **at)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < 4; i++)
		value |= (uint32_t)(*at)[i] << 8 * i;
	*at += 4;
	return value;
}

static uint64_t get64(const uint8_t **at)
{
	uint64_t low = get32(at);

	return low | (uint64_t)get32(at) << 32;
}

/* Where things are. */

struct layout {
	uint64_t entries_at;
	uint64_t runs_at;
	uint64_t sums_at;
	uint64_t pack_at;
	uint64_t tables_end; /* up to here goes the tables' checksum */
	uint64_t file_length;
};

static uint64_t blocks(uint64_t bytes)
{
	return bytes / WSET_BLOCK + (bytes % WSET_BLOCK != 0);
}

/* Cannot overflow where no count is above WSET_MOST and pack_bytes is within a region. */
static struct layout lay_out(const struct wset_file *f)
{
	struct layout l = {.entries_at = HEADER_BYTES};

	l.runs_at = l.entries_at + f->entry_count * ENTRY_BYTES;
	l.sums_at = l.runs_at + f->run_count * RUN_BYTES;
	l.tables_end = l.sums_at + blocks(f->pack_bytes) * SUM_BYTES;
	if (f->pack_bytes) {
		l.pack_at = (l.tables_end + PACK_ALIGN - 1) & ~(uint64_t)(PACK_ALIGN - 1);
		l.tables_end = l.pack_at;
	}
	l.file_length = l.tables_end + f->pack_bytes;
	return l;
}

void wset_file_layout(struct wset_file *f)
{
	f->pack_at = lay_out(f).pack_at;
	f->sum_count = blocks(f->pack_bytes);
}

/* What may be said. Reading and writing ask the same. */

/* Everything but the tables: 0, -EBADMSG, -EFBIG. */
static int check_totals(const struct wset_file *f)
{
	uint64_t page = f->page_size;

	if (page < PAGE_LEAST || page > PAGE_MOST || page & (page - 1))
		return -EBADMSG;
	if (!f->region_length || f->region_length > REGION_MOST || f->region_length & (page - 1))
		return -EBADMSG;
	/* The source may end within the region's last page. */
	if (f->source_offset >= f->source_length ||
	    f->region_length - page >= f->source_length - f->source_offset)
		return -EBADMSG;
	if (f->pack_bytes > f->region_length || f->sum_count != blocks(f->pack_bytes))
		return -EBADMSG;
	if (f->entry_count > WSET_MOST || f->run_count > WSET_MOST || f->sum_count > WSET_MOST)
		return -EFBIG;
	return f->pack_at == lay_out(f).pack_at ? 0 : -EBADMSG;
}

static bool pages_of_region(const struct wset_file *f, uint64_t offset, uint64_t length)
{
	return !((offset | length) & (f->page_size - 1)) && length && offset < f->region_length &&
	       length <= f->region_length - offset;
}

static bool entry_ok(const struct wset_file *f, uint64_t i)
{
	const struct uffd_workingset_entry *e = &f->entries[i];

	/* Where the fault is in front of its extent the difference wraps, and is too long. */
	return pages_of_region(f, e->offset, e->length) &&
	       !(e->fault_offset & (f->page_size - 1)) && e->fault_offset - e->offset < e->length &&
	       e->kind >= LIBUFFD_FAULT_MISSING && e->kind <= LIBUFFD_PREFETCH &&
	       !(e->flags & ~LIBUFFD_EXTENT_WRITE);
}

/*
 * How much content there is in front of run i. It may wrap around where runs share pages, which is
 * found in the end; where they do not it is within the region.
 */
static uint64_t packed_before(const struct wset_file *f, uint64_t i)
{
	const struct wset_run *last;

	if (i == 0)
		return 0;
	last = &f->runs[i - 1];
	return last->packed_at + (last->flags & WSET_RUN_ZERO ? 0 : last->length);
}

static bool run_ok(const struct wset_file *f, uint64_t i)
{
	const struct wset_run *r = &f->runs[i];

	return pages_of_region(f, r->offset, r->length) && !(r->flags & ~WSET_RUN_ZERO) &&
	       !r->reserved && r->packed_at == packed_before(f, i);
}

struct span {
	uint64_t begin;
	uint64_t end;
};

static int compare_spans(const void *a, const void *b)
{
	uint64_t x = ((const struct span *)a)->begin, y = ((const struct span *)b)->begin;

	return x < y ? -1 : x > y;
}

static bool sorted_apart(const struct wset_file *f)
{
	for (uint64_t i = 1; i < f->run_count; i++) {
		if (f->runs[i].offset < f->runs[i - 1].offset + f->runs[i - 1].length)
			return false;
	}
	return true;
}

/* Whether no two runs share a page; every run is good by itself. 0, -EBADMSG, -ENOMEM. */
static int check_apart(const struct wset_file *f)
{
	struct span *spans;
	int ret = 0;

	if (sorted_apart(f))
		return 0;
	spans = calloc((size_t)f->run_count, sizeof(*spans));
	if (!spans)
		return -ENOMEM;
	for (uint64_t i = 0; i < f->run_count; i++)
		spans[i] = (struct span){f->runs[i].offset, f->runs[i].offset + f->runs[i].length};
	qsort(spans, (size_t)f->run_count, sizeof(*spans), compare_spans);
	for (uint64_t i = 1; i < f->run_count && ret == 0; i++) {
		if (spans[i].begin < spans[i - 1].end)
			ret = -EBADMSG;
	}
	free(spans);
	return ret;
}

/* The runs as a whole; every one is good by itself. 0, -EBADMSG, -ENOMEM. */
static int check_runs(const struct wset_file *f)
{
	if (packed_before(f, f->run_count) != f->pack_bytes)
		return -EBADMSG;
	return check_apart(f);
}

/* The header. */

static void encode_header(uint8_t *at, const struct wset_file *f, uint32_t tables_sum)
{
	const uint8_t *header = at;
	struct layout l = lay_out(f);

	memcpy(at, magic, sizeof(magic));
	at += sizeof(magic);
	put32(&at, VERSION);
	put32(&at, HEADER_BYTES);
	put64(&at, 0);
	put64(&at, f->page_size);
	put64(&at, f->region_length);
	put64(&at, f->source_offset);
	put64(&at, f->source_length);
	memcpy(at, f->source_id, sizeof(f->source_id));
	at += sizeof(f->source_id);
	put64(&at, f->lost);
	put64(&at, f->entry_count);
	put64(&at, l.entries_at);
	put64(&at, f->run_count);
	put64(&at, l.runs_at);
	put64(&at, f->sum_count);
	put64(&at, l.sums_at);
	put64(&at, l.pack_at);
	put64(&at, f->pack_bytes);
	put64(&at, l.file_length);
	put32(&at, tables_sum);
	put32(&at, crc32c(0, header, (size_t)(at - header)));
}

/*
 * What all versions have: whether at, of which there are bytes, is a whole header of this one. 0,
 * -EBADMSG, -EPROTONOSUPPORT.
 */
static int check_version(const uint8_t *at, size_t bytes)
{
	const uint8_t *next = at + MAGIC_BYTES, *last;
	uint32_t version, header_bytes;

	if (bytes < HEADER_LEAST || memcmp(at, magic, sizeof(magic)))
		return -EBADMSG;
	version = get32(&next);
	header_bytes = get32(&next);
	if (header_bytes < HEADER_LEAST || header_bytes > bytes)
		return -EBADMSG;
	last = at + header_bytes - 4;
	if (get32(&last) != crc32c(0, at, header_bytes - 4))
		return -EBADMSG;
	if (version != VERSION)
		return -EPROTONOSUPPORT;
	return header_bytes == HEADER_BYTES ? 0 : -EBADMSG;
}

/* Of a header whose checksum is right. 0, -EBADMSG, -EFBIG, -EPROTONOSUPPORT. */
static int decode_header(const uint8_t *at, uint64_t file_length, struct wset_file *f,
			 uint32_t *tables_sum)
{
	struct layout said, l;
	int ret;

	at += MAGIC_BYTES + 4 + 4;
	if (get64(&at))
		return -EPROTONOSUPPORT;
	f->page_size = get64(&at);
	f->region_length = get64(&at);
	f->source_offset = get64(&at);
	f->source_length = get64(&at);
	memcpy(f->source_id, at, sizeof(f->source_id));
	at += sizeof(f->source_id);
	f->lost = get64(&at);
	f->entry_count = get64(&at);
	said.entries_at = get64(&at);
	f->run_count = get64(&at);
	said.runs_at = get64(&at);
	f->sum_count = get64(&at);
	said.sums_at = get64(&at);
	f->pack_at = get64(&at);
	f->pack_bytes = get64(&at);
	said.file_length = get64(&at);
	*tables_sum = get32(&at);
	ret = check_totals(f);
	if (ret < 0)
		return ret;
	l = lay_out(f);
	if (said.entries_at != l.entries_at || said.runs_at != l.runs_at ||
	    said.sums_at != l.sums_at || said.file_length != l.file_length ||
	    file_length != l.file_length)
		return -EBADMSG;
	return 0;
}

/* The tables' records. */

static void encode_entry(const struct wset_file *f, uint64_t i, uint8_t *at)
{
	const struct uffd_workingset_entry *e = &f->entries[i];

	put64(&at, e->offset);
	put64(&at, e->length);
	put64(&at, e->fault_offset);
	put64(&at, e->time_ns);
	put64(&at, e->latency_ns);
	put32(&at, e->kind);
	put32(&at, e->flags);
}

static void decode_entry(struct wset_file *f, uint64_t i, const uint8_t *at)
{
	struct uffd_workingset_entry *e = &f->entries[i];

	e->offset = get64(&at);
	e->length = get64(&at);
	e->fault_offset = get64(&at);
	e->time_ns = get64(&at);
	e->latency_ns = get64(&at);
	e->kind = get32(&at);
	e->flags = get32(&at);
}

static void encode_run(const struct wset_file *f, uint64_t i, uint8_t *at)
{
	const struct wset_run *r = &f->runs[i];

	put64(&at, r->offset);
	put64(&at, r->length);
	put64(&at, r->packed_at);
	put32(&at, r->flags);
	put32(&at, r->reserved);
}

static void decode_run(struct wset_file *f, uint64_t i, const uint8_t *at)
{
	struct wset_run *r = &f->runs[i];

	r->offset = get64(&at);
	r->length = get64(&at);
	r->packed_at = get64(&at);
	r->flags = get32(&at);
	r->reserved = get32(&at);
}

static void encode_sum(const struct wset_file *f, uint64_t i, uint8_t *at)
{
	put32(&at, f->sums[i]);
}

static void decode_sum(struct wset_file *f, uint64_t i, const uint8_t *at)
{
	f->sums[i] = get32(&at);
}

struct record {
	size_t bytes;
	void (*encode)(const struct wset_file *f, uint64_t i, uint8_t *at);
	void (*decode)(struct wset_file *f, uint64_t i, const uint8_t *at);
	bool (*ok)(const struct wset_file *f, uint64_t i); /* those before it are; NULL: any is */
};

static const struct record entry_record = {ENTRY_BYTES, encode_entry, decode_entry, entry_ok};
static const struct record run_record = {RUN_BYTES, encode_run, decode_run, run_ok};
static const struct record sum_record = {SUM_BYTES, encode_sum, decode_sum, NULL};

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
static uint64_t bufferful(const struct record *r, uint64_t i, uint64_t count)
{
	uint64_t room = BUFFER_BYTES / r->bytes;

	return count - i < room ? count - i : room;
}

static int write_table(struct pass *p, const struct wset_file *f, const struct record *r,
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

/* Checks each as it comes: what claims to be long and is not what it should be ends early. */
static int read_table(struct pass *p, struct wset_file *f, const struct record *r, uint64_t count)
{
	for (uint64_t i = 0, n; i < count; i += n) {
		int ret;

		n = bufferful(r, i, count);
		ret = read_some(p, (size_t)n * r->bytes);
		if (ret < 0)
			return ret;
		for (uint64_t j = 0; j < n; j++) {
			r->decode(f, i + j, p->buffer + j * r->bytes);
			if (r->ok && !r->ok(f, i + j))
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

/* What reading it again would say: 0, -EBADMSG, -EFBIG, -ENOMEM. */
static int check_all(const struct wset_file *f)
{
	int ret = check_totals(f);

	if (ret < 0)
		return ret;
	if ((f->entry_count && !f->entries) || (f->run_count && !f->runs) ||
	    (f->sum_count && !f->sums))
		return -EBADMSG;
	for (uint64_t i = 0; i < f->entry_count; i++) {
		if (!entry_ok(f, i))
			return -EBADMSG;
	}
	for (uint64_t i = 0; i < f->run_count; i++) {
		if (!run_ok(f, i))
			return -EBADMSG;
	}
	return check_runs(f);
}

int wset_file_write(int fd, const struct wset_file *f)
{
	struct pass p = {.fd = fd, .at = HEADER_BYTES};
	uint8_t header[HEADER_BYTES];
	int ret = check_all(f);

	if (ret < 0)
		return ret == -EBADMSG ? -EINVAL : ret;
	ret = write_table(&p, f, &entry_record, f->entry_count);
	if (ret == 0)
		ret = write_table(&p, f, &run_record, f->run_count);
	if (ret == 0)
		ret = write_table(&p, f, &sum_record, f->sum_count);
	if (ret == 0)
		ret = write_padding(&p, lay_out(f).tables_end);
	if (ret < 0)
		return ret;
	encode_header(header, f, p.sum);
	return write_all(fd, header, sizeof(header), 0);
}

static int read_header(int fd, struct wset_file *f, uint32_t *tables_sum)
{
	uint8_t header[HEADER_MOST];
	size_t bytes = sizeof(header);
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
		ret = check_version(header, bytes);
	return ret < 0 ? ret : decode_header(header, (uint64_t)st.st_size, f, tables_sum);
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
	struct pass p = {.fd = fd, .at = HEADER_BYTES};
	int ret;

	if (!make_tables(f))
		return -ENOMEM;
	ret = read_table(&p, f, &entry_record, f->entry_count);
	if (ret == 0)
		ret = read_table(&p, f, &run_record, f->run_count);
	if (ret == 0)
		ret = read_table(&p, f, &sum_record, f->sum_count);
	if (ret == 0)
		ret = read_padding(&p, lay_out(f).tables_end);
	if (ret == 0 && p.sum != tables_sum)
		ret = -EBADMSG;
	return ret < 0 ? ret : check_runs(f);
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
