/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the answer where uffd-probe was built without json-c. See json.c. */
#include "machine.h"

bool json_can(void)
{
	return false;
}

void json_print(const struct machine *m)
{
	(void)m;
}
