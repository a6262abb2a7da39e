/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * test-vmm: a VMM of the tests' own, as far as a page fault handler can see one: it plays
 * Firecracker's side in a process of its own, with guests that touch, write and throw away memory,
 * and knows of every word what it must be.
 *
 *   test-vmm make FILE --memory SIZE       the memory of a snapshot
 *   test-vmm run SOCKET --memory SIZE ...  a VM restored from it, by who listens at SOCKET
 *
 * It says "ready", "round N", "verified N pages" and "longest wait N ms", and ends with 0; or what
 * is wrong, and ends with 1; or "HUNG page N", and 3. Exit 77: the machine lacks something.
 */
#include "options.h"
#include "run.h"
#include "say.h"
#include "snapshot_file.h"

int main(int argc, char **argv)
{
	struct options options;
	int ret;

	options_parse(&options, argc, argv);
	if (options.make)
		ret = snapshot_file_make(options.path, options.size);
	else
		ret = run(&options);
	return ret < 0 ? EXIT_WRONG : ret;
}
