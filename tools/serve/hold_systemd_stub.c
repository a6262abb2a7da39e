/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Where libsystemd is not found: a holder process under every manager. */
#include <errno.h>

#include "serve/hold_ops.h"

int hold_systemd_open(struct hold **hold)
{
	(void)hold;
	return -ENOSYS;
}
