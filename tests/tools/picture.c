/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: pictures in memory. See picture.h. */
#include "picture.h"

#include "test.h"
#include "xml.h"

struct memory {
	char *text;
	size_t length;
	FILE *out;
};

static void memory_open(struct memory *m)
{
	m->out = open_memstream(&m->text, &m->length);
	ck_assert_ptr_nonnull(m->out);
}

static char *memory_close(struct memory *m)
{
	fclose(m->out);
	ck_assert_uint_eq(strlen(m->text), m->length);
	xml_check(m->text);
	return m->text;
}

char *picture_of_trace(const char *title, uint64_t region_length, uint64_t page_size,
		       const struct uffd_workingset_entry *entries, uint64_t count)
{
	struct uffd_workingset_info info = {
		.size = sizeof(info),
		.region_length = region_length,
		.page_size = page_size,
		.source_length = region_length,
		.entries = count,
		.pages = count,
	};
	struct memory m;

	memory_open(&m);
	ck_assert_int_eq(draw_trace(m.out, title, &info, entries, count), 0);
	return memory_close(&m);
}

char *picture_of_bars(const char *title, const char *const *series, size_t series_count,
		      const char *unit, const struct draw_bar *bars, size_t bar_count,
		      bool log_scale)
{
	struct memory m;

	memory_open(&m);
	ck_assert_int_eq(
		draw_bars(m.out, title, series, series_count, unit, bars, bar_count, log_scale), 0);
	return memory_close(&m);
}

struct uffd_workingset_entry picture_entry(uint32_t kind, uint64_t offset, uint64_t length,
					   uint64_t fault_offset, uint64_t time_ns,
					   uint64_t latency_ns)
{
	return (struct uffd_workingset_entry){
		.offset = offset,
		.length = length,
		.fault_offset = fault_offset,
		.time_ns = time_ns,
		.latency_ns = latency_ns,
		.kind = kind,
	};
}

uint64_t picture_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}
