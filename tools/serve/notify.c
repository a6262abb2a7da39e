/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See notify.h. What cannot be told is nobody's loss. */
#include "serve/notify.h"

#include <systemd/sd-daemon.h>

void notify_ready(uint32_t vms)
{
	sd_notifyf(0, "READY=1\nSTATUS=%u VMs", vms);
}

void notify_status(uint32_t vms)
{
	sd_notifyf(0, "STATUS=%u VMs", vms);
}

void notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}
