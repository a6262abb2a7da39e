/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * FINISH asks the callback for what is empty, waits for what others are filling, and then ends; the
 * memory keeps its content.
 */
#include "claims.h"

#include "call.h"

static void finishes(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct toucher t;
	struct served s;

	for (int whole = 0; whole < 2; whole++) {
		claims_make(&s, backing, LIBUFFD_CTX_DISCARDS, 0, 0);
		claim(&s, 1, 1);
		ck_assert_int_eq(uffd_zero(s.region, s.m.page, s.m.page, 0), 0);
		ck_assert_int_eq(uffd_discard(s.region, 0, s.m.page), 0);
		/* Its message is not read by anybody any more. */
		touch_start(&t, served_page(&s, n - 1), false, 0);
		ck_assert(touch_asleep(&t));
		if (!whole)
			ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_FINISH), 0);
		ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_FINISH), 0);
		wait_end(&t, first_byte(&s, n - 1));
		expect_zeros(&s, 0, 2);
		expect_content(&s, 2, n - 2);
		munmap(s.content, s.m.length);
		test_memory_free(&s.m);
	}
}

static struct served shared_with_owner;
static _Atomic bool anyhow;

static void *complete_late(void *arg)
{
	struct served *s = &shared_with_owner;
	uint32_t tid = (uint32_t)(uintptr_t)arg;

	/* When the remover sleeps for it. */
	while (!atomic_load(&anyhow) &&
	       (!atomic_load(&s->region->sleepers) || thread_letter(tid) != 'S'))
		sched_yield();
	if (uffd_copy(s->region, 0, s->content, s->m.page, 0) < 0)
		abort();
	return NULL;
}

static void waits_for_others(void)
{
	struct served *s = &shared_with_owner;
	uint64_t began;
	pthread_t thread;
	bool late;
	int ret;

	claims_make(s, LIBUFFD_BACKING_ANON, 0, 0, 0);
	claim(s, 0, 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, complete_late, (void *)(uintptr_t)gettid()),
			 0);
	began = test_now();
	ret = uffd_region_remove(s->region, LIBUFFD_CLOSE_FINISH);
	/* Its second went by while the other thread had no CPU: then it is asked again. */
	late = ret == -EBUSY && test_now() - began >= UINT64_C(1000000000);
	atomic_store(&anyhow, ret != 0);
	pthread_join(thread, NULL);
	if (late)
		ret = uffd_region_remove(s->region, LIBUFFD_CLOSE_FINISH);
	ck_assert_int_eq(ret, 0);
	expect_content(s, 0, claim_pages(LIBUFFD_BACKING_ANON));
	serve_end(s);
}

static void fills_first(void)
{
	each_backing(finishes);
	waits_for_others();
}
TEST_MAIN(fills_first)
