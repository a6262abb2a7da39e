/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Whatever way memory was made, a region knows its type and page size without being told. */
#include "detect.h"

static void detects_the_memory(void)
{
	detect_every_memory();
	detect_sysv();
}
TEST_MAIN(detects_the_memory)
