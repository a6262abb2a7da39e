/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a handshake's text as Firecracker writes it: its versions' fields, in its order, no blanks.
 * Must never: write what uffd_fc_parse() refuses.
 */
#include <uffd/firecracker.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* What is meant where no page size is written. */
#define PAGE_SIZE_UNSAID 4096

/* As snprintf(): what it would take. */
static size_t write_region(char *text, size_t size, const struct uffd_peer_region *r,
			   uint32_t version)
{
	char pages[96] = "";

	if (version == LIBUFFD_FC_1_7)
		snprintf(pages, sizeof(pages), ",\"page_size_kib\":%" PRIu64, r->page_size);
	else if (version == LIBUFFD_FC_1_12)
		snprintf(pages, sizeof(pages),
			 ",\"page_size\":%" PRIu64 ",\"page_size_kib\":%" PRIu64, r->page_size,
			 r->page_size);
	return (size_t)snprintf(text, size,
				"{\"base_host_virt_addr\":%" PRIu64 ",\"size\":%" PRIu64
				",\"offset\":%" PRIu64 "%s}",
				r->address, r->length, r->offset, pages);
}

static int check(const struct uffd_peer_region *regions, uint32_t count, uint32_t version)
{
	int ret;

	if (!regions || version < LIBUFFD_FC_1_1 || version > LIBUFFD_FC_1_12)
		return -EINVAL;
	ret = uffd_peer_check(regions, count, UINT64_MAX, NULL);
	if (ret < 0)
		return ret;
	for (uint32_t i = 0; i < count && version == LIBUFFD_FC_1_1; i++)
		if (regions[i].page_size != PAGE_SIZE_UNSAID)
			return -EINVAL;
	return 0;
}

int64_t uffd_fc_format(char *text, size_t size, const struct uffd_peer_region *regions,
		       uint32_t count, uint32_t version)
{
	size_t used = 0;
	int ret;

	if (!text)
		return -EINVAL;
	ret = check(regions, count, version);
	if (ret < 0)
		return ret;
	for (uint32_t i = 0; i < count; i++) {
		/* A bracket or a comma before it, and a bracket behind it or the next comma. */
		if (size - used < 2)
			return -ENOBUFS;
		text[used++] = i ? ',' : '[';
		used += write_region(text + used, size - used, &regions[i], version);
		if (used >= size)
			return -ENOBUFS;
	}
	if (size - used < 2)
		return -ENOBUFS;
	text[used++] = ']';
	text[used] = '\0';
	return (int64_t)used;
}
