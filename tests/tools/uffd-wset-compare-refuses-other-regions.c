/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Working sets of other regions or pages are not compared: one line tells what is different. */
#include "tool.h"

static struct tool_outcome o;

static void refuses(void)
{
	tool_begin();
	tool_sample("a", NULL, 0);
	tool_sample_of("longer", 2 * TOOL_REGION, TOOL_PAGE, 0, 0, NULL, 0);
	tool_sample_of("larger", TOOL_REGION, 2 << 20, 0, 0, NULL, 0);
	tool_fails(&o, "longer: a region of 32 MiB, that of a has 16 MiB", "compare a longer");
	tool_fails(&o, "a: a region of 16 MiB, that of longer has 32 MiB", "compare longer a");
	tool_fails(&o, "larger: pages of 2 MiB, those of a have 4 KiB", "compare -j a larger");
	tool_fails(&o, "nowhere: No such file", "compare a nowhere");
	tool_fails(&o, "nowhere: No such file", "compare nowhere a");
}
TEST_MAIN(refuses)
