/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the answer where there is no program for a KVM guest. Must never: be asked to run it. */
#include "guest.h"

#include "util.h"

const char *kvm_refusal(void)
{
	return "no KVM guest for this architecture";
}

static int kvm_none_open(struct guest *guest)
{
	(void)guest;
	return complain("KVM", kvm_refusal());
}

const struct guest_ops kvm_guest_ops = {
	.name = "kvm-none",
	.open = kvm_none_open,
};
