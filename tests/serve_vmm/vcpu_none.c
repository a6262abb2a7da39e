/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the refusal of a KVM guest where guest.S is not for the machine. Must never: do more. */
#include "guest.h"

#include <errno.h>

#include "say.h"

static int no_open(struct guest *guest, const struct memory *memory, unsigned int players)
{
	(void)guest;
	(void)memory;
	(void)players;
	complain("a KVM guest of this architecture", ENOSYS);
	return EXIT_SKIP;
}

const struct guest_ops vcpu_ops = {.open = no_open};
