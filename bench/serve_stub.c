/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: serve where there is no libuffd-firecracker, by which VMs hand their memory over. */
#include "bench.h"

void bench_serve(const struct options *o, struct results *results)
{
	(void)o;
	(void)results;
	result_skip("serve", "all", "built without libuffd-firecracker (json-c)");
}
