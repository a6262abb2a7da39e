/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd-bench serve has every row of every part, and has proved every page; nothing is left of its
 * servers, VMs and sockets when it ends.
 */
#include "run_bench.h"

#include <dirent.h>

static char text[1 << 16];

static void has_row(const char *variant, const char *metric)
{
	char wanted[96], squeezed[1 << 12], *to = squeezed;

	/* Columns are padded. */
	for (const char *at = text; *at && to < squeezed + sizeof(squeezed) - 1; at++)
		if (*at != ' ' || at[1] != ' ')
			*to++ = *at;
	*to = '\0';
	snprintf(wanted, sizeof(wanted), "\nserve %s %s ", variant, metric);
	ck_assert_msg(strstr(squeezed, wanted), "no row of %s: %s\n%s", variant, metric, text);
}

static unsigned int files_in(const char *directory)
{
	DIR *d = opendir(directory);
	unsigned int count = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		count++;
	closedir(d);
	return count - 2; /* `.' and `..' */
}

static void every_variant(void)
{
	static const char *const vms[] = {"one-vm", "sixteen-vms"};
	static const char *const ends[] = {"unchanged", "kill", "upgrade"};
	char directory[] = "/tmp/uffd-test-XXXXXX";
	int status;

	close(test_uffd(0)); /* skips where there is none */
	ck_assert_ptr_nonnull(mkdtemp(directory));
	setenv("TMPDIR", directory, 1);
	status = run_bench("serve --quick", text, sizeof(text));
	ck_assert_uint_eq(files_in(directory), 0);
	rmdir(directory);
	ck_assert_msg(status == 0, "status %d\n%s", status, text);
	for (int i = 0; i < 2; i++) {
		has_row(vms[i], "worst p99");
		has_row(vms[i], "p50");
	}
	for (int i = 0; i < 3; i++) {
		has_row(ends[i], "longest wait");
		has_row(ends[i], "longest of all");
	}
	has_row("kill", "change");
	has_row("upgrade", "change");
	has_row("still", "touched");
	has_row("still", "discarded");
	has_row("storm", "touched");
	has_row("storm", "both");
}
TEST_MAIN(every_variant)
