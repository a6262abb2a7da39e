/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What a service manager is told that has started the server; with libsystemd only. */
#ifndef SERVE_NOTIFY_H
#define SERVE_NOTIFY_H

#include <stdint.h>

void notify_ready(uint32_t vms);
void notify_status(uint32_t vms);
void notify_stopping(void);

#endif
