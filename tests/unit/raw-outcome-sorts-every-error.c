/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Every result of a fill function falls in the one drawer that its caller can act on. */
#include "test.h"

#include <uffd/raw.h>

static int expected(int error)
{
	switch (error) {
	case EEXIST:
		return LIBUFFD_OUTCOME_ALREADY;
	case EAGAIN:
	case EINTR:
		return LIBUFFD_OUTCOME_RETRY;
	case ENOENT:
	case ESRCH:
		return LIBUFFD_OUTCOME_GONE;
	}
	return LIBUFFD_OUTCOME_FAILED;
}

static void outcomes(void)
{
	ck_assert_int_eq(uffd_raw_outcome(4096), LIBUFFD_OUTCOME_DONE);
	ck_assert_int_eq(uffd_raw_outcome(1), LIBUFFD_OUTCOME_DONE);
	/* More than an int holds: a 4 GiB fill is not 0 bytes. */
	ck_assert_int_eq(uffd_raw_outcome(INT64_C(1) << 32), LIBUFFD_OUTCOME_DONE);
	ck_assert_int_eq(uffd_raw_outcome(INT64_MAX), LIBUFFD_OUTCOME_DONE);
	ck_assert_int_eq(uffd_raw_outcome(0), LIBUFFD_OUTCOME_RETRY);
	for (int error = 1; error < 4096; error++)
		ck_assert_msg(uffd_raw_outcome(-error) == expected(error), "%s", strerror(error));
}

TEST_MAIN(outcomes)
