/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A pipe or a terminal that belongs to another user cannot be opened once more with flags of the
 * server's own: it is not waited for all the same, and what fits is written.
 */
#include "process.h"
#include "terminal.h"

#include <sys/stat.h>

/* May use no ck_assert; it is killed where it waits. */
static int write_much(void *arg)
{
	const int *fd = arg;
	struct vm_figures vm = vm_of(3);
	struct report *report;

	alarm(10);
	if (report_open(&report, *fd, 0))
		return 1;
	for (int i = 0; i < 3000; i++) {
		report_server(report, "listening", "nobody reads this");
		vm.faults++;
		report_progress(report, &vm, 1);
	}
	report_close(report);
	return fcntl(*fd, F_GETFL) & O_NONBLOCK ? 2 : 0;
}

/* Whether the other user is one indeed: what it may open, it does not have to poll. */
static int opens_again(void *arg)
{
	const int *fd = arg;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", *fd);
	return open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) >= 0;
}

static void expect_no_wait(int written, int reader)
{
	char *text;

	if (run_unprivileged(opens_again, &written))
		test_skip("descriptors of this user are open to others");
	ck_assert_int_eq(run_unprivileged(write_much, &written), 0);
	text = drain(reader);
	ck_assert_uint_gt(strlen(text), 3000);
	free(text);
}

static void report_output_of_another_user_is_not_waited_for(void)
{
	struct capture out;
	struct terminal t;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), errors = dup(STDERR_FILENO);

	if (geteuid() != 0)
		test_skip("only root can become another user");
	ck_assert_int_eq(dup2(null, STDERR_FILENO), STDERR_FILENO);
	out = capture_pipe();
	expect_no_wait(out.write, out.read);
	capture_close(&out);
	t = terminal_make(150, 25, "xterm");
	ck_assert_int_eq(fchmod(t.slave, 0600), 0);
	expect_no_wait(t.slave, t.master);
	terminal_free(&t);
	ck_assert_int_eq(dup2(errors, STDERR_FILENO), STDERR_FILENO);
	close(errors);
	close(null);
}

TEST_MAIN(report_output_of_another_user_is_not_waited_for)
