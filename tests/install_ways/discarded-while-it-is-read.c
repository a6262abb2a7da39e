/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A page that is thrown away while its content is on its way is zeros from then on, never the
 * source's: announced or heard of, the memory given back before the read has ended or after it, in
 * every way to install. Its neighbours in the same read come as ever.
 */
#include "ways.h"
#include "held.h"

static struct held held;

enum how { ANNOUNCED_BEFORE, ANNOUNCED_AFTER, HEARD, HOWS };

static int give_back(const struct served *s, const struct way *w, size_t page)
{
	bool shared = w->backing == LIBUFFD_BACKING_SHMEM || w->backing == LIBUFFD_BACKING_HUGETLB;

	return madvise(served_page(s, page), s->m.page, shared ? MADV_REMOVE : MADV_DONTNEED);
}

static void discarded(const struct way *w, enum how how, bool asked)
{
	size_t pages = way_is_huge(w) ? 2 : 16, gone = way_is_huge(w) ? 1 : 6;
	struct uffd_source *source;
	struct held_read read;
	struct toucher t;
	struct served s;

	if (!way_has_memory(w, pages))
		return;
	memset(&held, 0, sizeof(held));
	source = held_open(&held, pages * (way_is_huge(w) ? WAYS_HUGE : 4096));
	way_serve_discards(&s, w, pages, how == HEARD ? UFFD_FEATURE_EVENT_REMOVE : 0,
			   (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	/* The page itself is asked for, or one beside it. */
	touch_start(&t, served_page(&s, asked || way_is_huge(w) ? gone : gone + 2) + 9, false, 0);
	WAIT_UNTIL(held_take(&held, gone * s.m.page, &read));
	held_bytes(&held, read.to, read.offset, read.length / 2);
	if (how != HEARD)
		ck_assert_int_eq(uffd_discard(s.region, gone * s.m.page, s.m.page), 0);
	if (how != ANNOUNCED_AFTER)
		ck_assert_int_eq(give_back(&s, w, gone), 0);
	ck_assert(touch_asleep(&t));
	held_answer(&held, &read);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(t.value,
			  asked || way_is_huge(w) ? 0 : content_byte((gone + 2) * s.m.page + 9));
	serve_settled(&s);
	if (how == ANNOUNCED_AFTER)
		ck_assert_int_eq(give_back(&s, w, gone), 0);
	memset(s.content + gone * s.m.page, 0, s.m.page);
	held_release(&held);
	way_right(&s, s.content, w->name);
	ck_assert(page_state(&s, gone) & LIBUFFD_PAGE_DISCARDED);
	/* The file has no trace of it. */
	if (s.m.fd >= 0 && w->backing == LIBUFFD_BACKING_SHMEM) {
		uint8_t *bytes = malloc(s.m.page);

		ck_assert_int_eq(pread(s.m.fd, bytes, s.m.page, (off_t)(gone * s.m.page)),
				 (ssize_t)s.m.page);
		ck_assert(all_zero(bytes, s.m.page));
		free(bytes);
	}
	serve_end(&s);
}

static void discarded_while_it_is_read(void)
{
	for (size_t i = 0; i < WAYS; i++) {
		for (enum how how = 0; how < HOWS; how++) {
			discarded(&ways[i], how, true);
			discarded(&ways[i], how, false);
		}
	}
}

TEST_MAIN(discarded_while_it_is_read)
