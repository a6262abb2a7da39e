/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See wsetbytes.h. */
#include "pager/wsetbytes.h"

#include <errno.h>
#include <string.h>

#include "util/crc32c.h"

#define MAGIC_BYTES  8u
#define VERSION      1u
#define HEADER_LEAST 20u /* of any version: what all have, and its checksum */
#define ENTRY_BYTES  48u
#define RUN_BYTES    32u
#define SUM_BYTES    4u
#define PACK_ALIGN   4096u

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

uint64_t wset_blocks(uint64_t bytes)
{
	return bytes / WSET_BLOCK + (bytes % WSET_BLOCK != 0);
}

struct wset_layout wset_lay_out(const struct wset_file *f)
{
	struct wset_layout l = {.entries_at = WSET_HEADER_BYTES};

	l.runs_at = l.entries_at + f->entry_count * ENTRY_BYTES;
	l.sums_at = l.runs_at + f->run_count * RUN_BYTES;
	l.tables_end = l.sums_at + wset_blocks(f->pack_bytes) * SUM_BYTES;
	if (f->pack_bytes) {
		l.pack_at = (l.tables_end + PACK_ALIGN - 1) & ~(uint64_t)(PACK_ALIGN - 1);
		l.tables_end = l.pack_at;
	}
	l.file_length = l.tables_end + f->pack_bytes;
	return l;
}

/* The header. */

void wset_encode_header(uint8_t *at, const struct wset_file *f, uint32_t tables_sum)
{
	const uint8_t *header = at;
	struct wset_layout l = wset_lay_out(f);

	memcpy(at, magic, sizeof(magic));
	at += sizeof(magic);
	put32(&at, VERSION);
	put32(&at, WSET_HEADER_BYTES);
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

int wset_check_version(const uint8_t *at, size_t bytes)
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
	return header_bytes == WSET_HEADER_BYTES ? 0 : -EBADMSG;
}

int wset_decode_header(const uint8_t *at, struct wset_file *f, struct wset_layout *said,
		       uint32_t *tables_sum)
{
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
	said->entries_at = get64(&at);
	f->run_count = get64(&at);
	said->runs_at = get64(&at);
	f->sum_count = get64(&at);
	said->sums_at = get64(&at);
	f->pack_at = said->pack_at = get64(&at);
	f->pack_bytes = get64(&at);
	said->file_length = get64(&at);
	*tables_sum = get32(&at);
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

const struct wset_record wset_entry_record = {ENTRY_BYTES, encode_entry, decode_entry};
const struct wset_record wset_run_record = {RUN_BYTES, encode_run, decode_run};
const struct wset_record wset_sum_record = {SUM_BYTES, encode_sum, decode_sum};
