/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A holder that is stopped does not stop its server; a late answer is nobody's. */
#include "support.h"

#include <signal.h>
#include <sys/wait.h>

static void stopped_holder_times_out(void)
{
	struct place p;
	struct hold *hold, *other;
	pid_t holder;
	int status, descriptors;

	place_make(&p);
	ck_assert_int_eq(hold_open(&hold, p.socket), 0);
	holder = hold_pid(hold);
	descriptors = descriptors_of(holder);
	ck_assert_int_eq(put_named(hold, "vm-1.uffd"), 0);
	kill(holder, SIGSTOP);
	ck_assert_int_eq(waitpid(holder, &status, WUNTRACED), holder);
	ck_assert(WIFSTOPPED(status));
	ck_assert_int_eq(put_named(hold, "vm-1.uffd"), -ETIMEDOUT);
	ck_assert_int_eq(hold_takeover(&other, p.socket), -ETIMEDOUT);
	kill(holder, SIGCONT);
	/* The first answer that comes is -EEXIST, to the request that was given up. */
	ck_assert_int_eq(put_named(hold, "vm-2.uffd"), 0);
	ck_assert_int_eq(hold_remove(hold, "vm-1.uffd"), 0);
	ck_assert_int_eq(hold_remove(hold, "vm-2.uffd"), 0);
	/* The newcomer has gone by now: nobody would serve if the server yielded to it. */
	ck_assert(!hold_must_yield(hold));
	ck_assert_int_eq(descriptors_of(holder), descriptors);
	hold_close(hold);
	place_free(&p);
}

TEST_MAIN(stopped_holder_times_out)
