/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what guard.h says. Must never: leave a signal blocked. */
#include "guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static __thread sigjmp_buf way_out;
static __thread volatile sig_atomic_t inside;

static void on_sigbus(int signal)
{
	if (!inside)
		abort();
	siglongjmp(way_out, signal);
}

void guard_install(void)
{
	/* SA_NODEFER: the way out does not restore the mask. */
	struct sigaction action = {.sa_handler = on_sigbus, .sa_flags = SA_NODEFER};

	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}

bool guarded(void (*fn)(void *argument), void *argument)
{
	volatile bool whole = false;

	if (sigsetjmp(way_out, 0) == 0) {
		inside = 1;
		fn(argument);
		whole = true;
	}
	inside = 0;
	return whole;
}
