/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The library's allocations and mappings, of which one fails, and what of them it has not given
 * back. A test that includes this depends on failing_dep (meson.build), and wraps what else is to
 * fail itself.
 */
#ifndef FAILING_H
#define FAILING_H

#include <stdbool.h>

/* Calls are counted anew: the k-th from here on that is made while armed fails; 0: none. */
void failing_choose(long k);

/*
 * The library is at work, in whichever thread, or no more. The test's own means are not to be
 * counted: ck_assert_*() allocates.
 */
void failing_arm(bool armed);

/* In a function that the test wraps itself: counts this call. Whether it is to fail. */
bool failing_call(void);

/* So many calls were counted. */
long failing_calls(void);

/* Whether the one that was chosen has been made. */
bool failing_has_failed(void);

/* What was taken while armed has been given back, then or later, where the k-th call was to fail. */
void failing_expect_given_back(long k);

#endif
