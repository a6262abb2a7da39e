/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * In the background of a terminal with "stty tostop" a server goes on as it does in the foreground:
 * a line that it writes does not stop it.
 */
#include "terminal.h"

#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

/* How a child ends, or 128 and more: what stopped or killed it. */
static int wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WUNTRACED) != pid)
		return 127;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	kill(pid, SIGKILL);
	return 128 + (WIFSTOPPED(status) ? WSTOPSIG(status) : WTERMSIG(status));
}

/* In a process group that is not the terminal's. */
static int in_background(int fd, bool reports)
{
	struct report *report;
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		if (!reports)
			_exit(write(fd, "x", 1) == 1 ? 0 : 1);
		if (report_open(&report, fd, 1000))
			_exit(1);
		report_server(report, "listening", "in the background");
		report_close(report);
		_exit(0);
	}
	return wait_for(pid);
}

/* Of a session with the terminal; exits with 0 if only the plain write was stopped. */
static int session(int fd)
{
	struct termios mode;

	if (setsid() < 0 || ioctl(fd, TIOCSCTTY, 0) || tcgetattr(fd, &mode))
		return 2;
	mode.c_lflag |= TOSTOP;
	if (tcsetattr(fd, TCSANOW, &mode))
		return 3;
	if (in_background(fd, false) != 128 + SIGTTOU)
		return 4;
	return in_background(fd, true);
}

static void report_background_job_is_not_stopped(void)
{
	struct terminal t = terminal_make(100, 25, "xterm");
	pid_t pid = fork();
	char *text;

	if (pid == 0)
		_exit(session(t.slave));
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(wait_for(pid), 0);
	text = drain(t.master);
	ck_assert_ptr_nonnull(strstr(text, "listening: in the background"));
	free(text);
	terminal_free(&t);
}

TEST_MAIN(report_background_job_is_not_stopped)
