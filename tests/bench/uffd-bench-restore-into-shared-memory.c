/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd-bench restore --memory memfd brings the same bytes, which it proves, into shared memory. */
#include "run_bench.h"

#include <uffd/uapi.h>

static void shared_memory(void)
{
	static char text[1 << 16];
	int status;

	close(test_uffd(UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MINOR_SHMEM));
	status = run_bench("restore --quick --size 4M --rounds 1 --memory memfd", text,
			   sizeof(text));
	needs_restore(text);
	ck_assert_msg(status == 0, "status %d\n%s", status, text);
	ck_assert_msg(!strstr(text, "skip:") || strstr(text, "no O_DIRECT"), "%s", text);
}
TEST_MAIN(shared_memory)
