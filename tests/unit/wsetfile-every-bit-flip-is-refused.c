/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* One bit that is not as it was written, anywhere in front of the packed content, is noticed. */
#include "wset.h"

static void flip(int fd, uint64_t at, unsigned int bit)
{
	wset_put(fd, at, 1, wset_get(fd, at, 1) ^ UINT64_C(1) << bit);
}

static uint64_t sums_end(const struct wset_file *f)
{
	return WSET_HEADER + f->entry_count * WSET_ENTRY + f->run_count * WSET_RUN +
	       f->sum_count * WSET_SUM;
}

static void flip_all(const struct wset *w)
{
	int fd = wset_memfd();
	struct wset_file f;
	char what[64];

	wset_write(fd, w);
	for (uint64_t at = 0; at < wset_tables_end(&w->f); at++) {
		snprintf(what, sizeof(what), "a bit of byte %llu", (unsigned long long)at);
		/* Of what is only zeros behind the tables, one of every byte. */
		bool all = at < sums_end(&w->f);

		for (unsigned int bit = all ? 0 : at % 8; bit < 8; bit += all ? 1 : 8) {
			flip(fd, at, bit);
			wset_refused(fd, -EBADMSG, what);
			flip(fd, at, bit);
		}
	}
	ck_assert_int_eq(wset_file_read(fd, &f), 0);
	wset_file_free(&f);
	close(fd);
}

static void every_bit(void)
{
	static struct wset w;

	wset_fill(&w);
	flip_all(&w);
	wset_fill_entries(&w);
	flip_all(&w);
	w.f.entry_count = 0;
	flip_all(&w);
}
TEST_MAIN(every_bit)
