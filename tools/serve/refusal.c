/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the words for why a connection was refused.
 * Must never: change one: they are label values in somebody's alerts.
 */
#include "serve/report.h"

const char *refusal_name(enum refusal why)
{
	static const char *const names[REFUSALS] = {
		[REFUSED_SILENT] = "silent",         [REFUSED_CLOSED] = "closed",
		[REFUSED_HANDSHAKE] = "handshake",   [REFUSED_REGIONS] = "regions",
		[REFUSED_DESCRIPTOR] = "descriptor", [REFUSED_MEMORY] = "memory",
		[REFUSED_RESOURCES] = "resources",
	};

	return names[why];
}
