/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What a KVM guest touches in a memfd registered MISSING|MINOR with a userfaultfd that is not
 * USER_MODE_ONLY arrives as messages: its code from the page cache as MINOR, its data as MISSING.
 */
#include "call.h"
#include "expect.h"
#include "kvm.h"

static long run_guest(struct call *c)
{
	return kvm_guest_run(c->at);
}

static void serve(int fd, const struct test_memory *m, const uint8_t *from)
{
	/* The code. */
	expect_fault(fd, page_at(m, 1), UFFD_PAGEFAULT_FLAG_MINOR);
	EXPECT_ANSWER(ask_continue(fd, page_at(m, 1), m->page, 0), 0, m->page);
	/* What it loads. */
	expect_fault(fd, page_at(m, 2), 0);
	EXPECT_ANSWER(ask_copy(fd, page_at(m, 2), from, m->page, 0), 0, m->page);
	/* What it stores to. */
	expect_fault(fd, page_at(m, 3), UFFD_PAGEFAULT_FLAG_WRITE);
	EXPECT_ANSWER(ask_zeropage(fd, page_at(m, 3), m->page, 0), 0, m->page);
}

static void guest_accesses_arrive_as_messages(void)
{
	struct test_memory m;
	struct guest g;
	struct call c = {.fn = run_guest, .at = &g};
	uint8_t *from;
	int fd = test_uffd(UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 4);
	from = pattern_make(&m, 42);
	ck_assert_int_gt(pwrite(m.fd, KVM_GUEST_CODE, sizeof(KVM_GUEST_CODE) - 1, (off_t)m.page),
			 0);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_MINOR);
	kvm_guest_make(&g, &m);
	call_start(&c);
	serve(fd, &m, from);
	ck_assert_int_eq(call_join(&c), KVM_EXIT_HLT);
	ck_assert_int_eq(*page_at(&m, 3), 42);
	expect_silence(fd);
	kvm_guest_free(&g);
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(guest_accesses_arrive_as_messages)
