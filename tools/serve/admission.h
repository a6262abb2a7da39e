/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: whom the server takes: whether a VM whose handshake is right can be served here.
 * Must never: change anything, or let one in that would harm another.
 */
#ifndef SERVE_ADMISSION_H
#define SERVE_ADMISSION_H

#include "serve/vm.h"

struct admission {
	enum refusal why;
	bool served; /* its memory has a handler already: nothing is to happen to it */
	char words[120];
};

/* Whether it is let in; otherwise *a says why not. */
bool admission_ask(const struct server *s, const struct vm_handshake *h, struct admission *a);

#endif
