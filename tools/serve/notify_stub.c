/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Compiled without libsystemd: nobody is told. */
#include "serve/notify.h"

void notify_ready(uint32_t vms)
{
	(void)vms;
}

void notify_status(uint32_t vms)
{
	(void)vms;
}

void notify_stopping(void)
{
}
