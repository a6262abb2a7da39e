/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd-bench restore, not run by root, says that the whole page cache was not dropped. */
#include "run_bench.h"

#include "process.h"

#define SAID     0
#define NOT_SAID 1
#define NO_DISK  2
#define NO_BENCH 3

static int not_root(void *arg)
{
	static char text[1 << 16];
	int status = run_bench("restore --quick --size 1M --rounds 1 --only mmap --dir /tmp", text,
			       sizeof(text));

	(void)arg;
	if (status == 126 || status == 127)
		return NO_BENCH;
	if (strstr(text, "nothing measured"))
		return NO_DISK;
	return status == 0 && strstr(text, "not root") ? SAID : NOT_SAID;
}

static void says_so(void)
{
	int answer = run_unprivileged(not_root, NULL);

	if (answer == NO_BENCH)
		test_skip("another user cannot run uffd-bench");
	if (answer == NO_DISK)
		test_skip("/tmp is not a directory of a disk");
	ck_assert_int_eq(answer, SAID);
}
TEST_MAIN(says_so)
