/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What a type of memory says to each registration mode. */
#ifndef REGISTRATION_H
#define REGISTRATION_H

#include "test.h"

/* Expected results of the register call: 0 or a negative errno. */
struct registration {
	int missing;
	int minor;
	int wp;
	int wp_async; /* WP alone, on a userfaultfd with UFFD_FEATURE_WP_ASYNC */
};
void expect_registration(const struct test_memory *m, const struct registration *wanted);

#endif
