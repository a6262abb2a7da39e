/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how content that is at hand gets into a region's memory, and what of an install's errors is
 * none. Must never: read from a source, or settle a run that it could not install.
 */
#include <errno.h>

#include "memory/overwrite.h"
#include "pager/pager.h"
#include "util/zeros.h"

#define INSTALL_TRIES 10u

int pager_put(struct uffd_region *r, struct page_run *run, enum install_how how, const uint8_t *src)
{
	struct install install = {.how = how};
	uint64_t origin = run->first;
	unsigned int tries = 0;
	int ret;

	/* Each try has a second's patience already; who still says EAGAIN is asked again, see fill.c. */
	do {
		install.src = src ? src + ((run->first - origin) << r->page_shift) : NULL;
		ret = resolve(r, run, &install);
	} while (ret == -EAGAIN && ++tries < INSTALL_TRIES);
	if (ret == -EAGAIN)
		return BRING_CHANGING;
	/* Unmapped, or nobody's any more: that is seen to, and no error of the source. */
	if (ret == -ENOENT || ret == -ESRCH)
		run->first = run->end;
	return ret == -ENOENT || ret == -ESRCH ? 0 : ret;
}

int pager_put_copy(struct uffd_region *r, struct page_run *run, const uint8_t *src)
{
	uint64_t size = region_page_size(r), origin = run->first, end = run->end;
	int ret = 0;

	if (!(r->flags & LIBUFFD_REGION_DETECT_ZEROS))
		return pager_put(r, run, INSTALL_COPY, src);
	while (run->first < end && ret == 0) {
		const uint8_t *at = src + ((run->first - origin) << r->page_shift);
		bool zero = is_zeros(at, size);
		struct page_run alike = {run->first, run->first + 1, false};

		while (alike.end < end &&
		       is_zeros(at + ((alike.end - alike.first) << r->page_shift), size) == zero)
			alike.end++;
		ret = pager_put(r, &alike, zero ? INSTALL_ZERO : INSTALL_COPY, at);
		run->first = ret < 0 ? alike.first : alike.end;
	}
	return ret;
}

/* Through the file, and mapped at once: each page that is not would fault once more, alone. */
static int put_populate(struct uffd_region *r, struct page_run *run, const uint8_t *src)
{
	int ret = overwrite(r, run->first, run->end, src);

	return ret < 0 ? ret : pager_put(r, run, INSTALL_CONTINUE, NULL);
}

int pager_install(struct uffd_read *read)
{
	struct uffd_region *r = read->region;

	switch (read->how) {
	case LIBUFFD_INSTALL_MOVE:
		return pager_put(r, &read->run, INSTALL_MOVE, read->to);
	case LIBUFFD_INSTALL_ALIAS:
		return pager_put(r, &read->run, INSTALL_CONTINUE, NULL);
	case LIBUFFD_INSTALL_POPULATE:
		return put_populate(r, &read->run, read->to);
	default:
		return pager_put_copy(r, &read->run, read->to);
	}
}
