/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Layers that are files read with O_DIRECT, sparse, of lengths that no block is a multiple of: the
 * right bytes, whatever alignment the pieces have.
 */
#include "serve.h"
#include "place.h"

#define PAGES  128u
#define LENGTH (PAGES * 4096u - 1111)
#define DIFF   (PAGES * 2048u + 333)

static uint8_t *expected;

static struct uffd_source *make_layer(const struct place *place, size_t length, uint64_t tag,
				      bool sparse)
{
	const struct uffd_source_file_opts opts = {.size = sizeof(opts),
						   .flags = LIBUFFD_SOURCE_DIRECT};
	int fd = open(place->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), ret;
	struct uffd_source *source;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)length), 0);
	for (size_t at = 0; at < length; at += 16384) {
		size_t n = length - at < 16384 ? length - at : 16384;

		if (sparse && at / 16384 % 3 != 1)
			continue;
		for (size_t i = at; i < at + n; i++)
			expected[i] = content_byte(i + (tag << 40));
		ck_assert_int_eq(pwrite(fd, expected + at, n, (off_t)at), (ssize_t)n);
	}
	ck_assert_int_eq(fsync(fd), 0);
	ret = uffd_source_open_file(&source, place->path, &opts);
	if (ret == -EINVAL)
		test_skip("no O_DIRECT on %s", place->dir);
	ck_assert_int_eq(ret, 0);
	close(fd);
	unlink(place->path);
	return source;
}

static void brought(struct uffd_source *source, uint64_t offset, bool prefetch)
{
	size_t pages = offset ? PAGES - 1 : PAGES;
	struct uffd_prefetch *f;
	struct served s;

	serve(&s, LIBUFFD_BACKING_ANON, pages, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .source_offset = offset});
	s.loop = serve_start(s.ctx, NULL);
	if (prefetch) {
		ck_assert_int_eq(uffd_prefetch_start(&f, s.region, NULL), 0);
		ck_assert_int_eq(uffd_prefetch_wait(f, NULL), 0);
		uffd_prefetch_close(f);
	}
	for (size_t k = 0; k < pages; k++)
		ck_assert_msg(!memcmp(served_page(&s, k), expected + offset + k * 4096, 4096),
			      "offset %llu, prefetch %d: page %zu", (unsigned long long)offset,
			      (int)prefetch, k);
	serve_end(&s);
}

static void layers_past_the_page_cache(void)
{
	struct uffd_source *layers[3], *source;
	struct place place;

	place_make(&place);
	expected = calloc(PAGES + 1, 4096);
	layers[0] = make_layer(&place, LENGTH, 1, false);
	layers[1] = make_layer(&place, DIFF, 2, true);
	layers[2] = make_layer(&place, LENGTH - 5000, 3, true);
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, 3), 0);
	for (unsigned int i = 0; i < 3; i++)
		uffd_source_close(layers[i]);
	for (int prefetch = 0; prefetch < 2; prefetch++) {
		brought(source, 0, prefetch);
		brought(source, 777, prefetch);
		brought(source, 512, prefetch);
	}
	uffd_source_close(source);
	free(expected);
	place_end(&place);
}

TEST_MAIN(layers_past_the_page_cache)
