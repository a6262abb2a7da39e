/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A private mapping of a file that has content shows that where nobody has written to it, touched
 * or not: so does a snapshot of it.
 */
#include "snap.h"

static void of(const struct kind *k)
{
	size_t pages = kind_is_huge(k) ? 5 : 100;
	int fd = snap_file();
	struct served s;
	uint8_t *file;

	if (!kind_has_memory(k, 2 * pages)) {
		close(fd);
		return;
	}
	snap_serve(&s, k, pages, 0, 0);
	file = test_memory_alias(&s.m);
	for (size_t n = 0; n < pages; n++) {
		if (n % 5 == 4)
			continue;
		memset(file + n * s.m.page, (int)(n % 200 + 1), s.m.page);
		memset(s.content + n * s.m.page, (int)(n % 200 + 1), s.m.page);
		if (n % 5 == 1)
			ck_assert(served_right(&s, n));
		if (n % 5 == 2)
			snap_fill(&s, n, 0xee);
	}
	snap_take(s.region, fd, 0);
	snap_file_is(&s, fd, 0, k->name);
	munmap(file, s.m.length);
	close(fd);
	serve_end(&s);
}

static void private_mapping_shows_its_file(void)
{
	for (size_t i = 0; i < KINDS; i++)
		if (!kinds[i].no_file)
			of(&kinds[i]);
}

TEST_MAIN(private_mapping_shows_its_file)
