/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the main of every test, its descriptor count, skipping. */
#include "test.h"

#include <dirent.h>
#include <stdarg.h>
#include <time.h>

#include <uffd.h>

int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_msg(dir, "/proc/self/fd: %s", strerror(errno));
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

void test_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("SKIP: ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
	exit(77);
}

static void (*body)(void);

START_TEST(run_body)
{
	int before = open_descriptors();

	body();
	ck_assert_msg(open_descriptors() == before, "descriptors open: %d before, %d after", before,
		      open_descriptors());
}
END_TEST

int test_main(const char *name, void (*fn)(void))
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	body = fn;
	tcase_add_test(tcase, run_body);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	/* No fork: sanitizers and threads see one process, and a debugger too. */
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

uint32_t test_poller(void)
{
	const char *name = getenv("UFFD_TEST_POLLER");

	if (name && !strcmp(name, "poll"))
		return LIBUFFD_POLLER_POLL;
	if (name && !strcmp(name, "io_uring"))
		return LIBUFFD_POLLER_URING;
	return LIBUFFD_POLLER_AUTO;
}

uint64_t test_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}
