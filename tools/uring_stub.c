/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the answer where the library was built without io_uring. See uring.c. */
#include "machine.h"

void uring_ask(struct uring_level *u)
{
	u->compiled = false;
}
