#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The server of a VM of huge pages is killed in a storm, and another one goes on.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
seed_and_rounds 8
make_memory 64M
serve_start

vm_start storm --page-size 2M --threads 2 --storm 100000 --regions 3
vm_await storm ready
await serves 1
for n in $(seq "$rounds"); do
	take_over_at_random 30000 1 || fail "round $n: the VM was not taken over"
done
vm_finish storm
serve_ends_well
