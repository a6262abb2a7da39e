/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A KVM guest's writes count, its reads do not; each time anew, though the guest has the page
 * mapped in tables of its own.
 */
#include "tracked.h"

#include <sys/ioctl.h>

#include "kvm.h"

#define PAGES 8u

static void runs(const struct tracked *t, struct guest *g)
{
	struct kvm_regs regs;
	uint8_t before = track_read(t, 2);
	int reason;

	ck_assert_int_eq(ioctl(g->cpu, KVM_GET_REGS, &regs), 0);
	regs.rip = t->s.m.page;
	ck_assert_int_eq(ioctl(g->cpu, KVM_SET_REGS, &regs), 0);
	/* A fault that was woken may come back as a signal would; the instruction is run again. */
	do {
		reason = kvm_guest_run(g);
	} while (reason == -EINTR);
	ck_assert_int_eq(reason, KVM_EXIT_HLT);
	ck_assert_int_eq(track_read(t, 3), before);
}

static void guest(uint32_t method, const struct track_kind *kind)
{
	struct tracked t;
	struct guest g;

	if (track_is_huge(kind)) /* the guest's code has addresses of 4 KiB pages */
		return;
	track_serve(&t, method, kind, PAGES, 0, 0,
		    (struct uffd_region_opts){.flags = LIBUFFD_REGION_KVM});
	memcpy(served_page(&t.s, 1), KVM_GUEST_CODE, sizeof(KVM_GUEST_CODE) - 1);
	kvm_guest_make(&g, &t.s.m);
	track_start(&t);
	for (int i = 0; i < 4; i++) {
		runs(&t, &g);
		EXPECT_DIRTY(&t, "3");
		EXPECT_DIRTY(&t, "");
		track_write(&t, 2);
		EXPECT_DIRTY(&t, "2");
	}
	kvm_guest_free(&g);
	track_end(&t);
}

static void guest_writes_count(void)
{
	track_each(guest, 1);
}

TEST_MAIN(guest_writes_count)
