#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The server is killed in the middle of a storm, again and again at random moments, and each time
# another one goes on: nobody hangs, and every page is right.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
seed_and_rounds 8
make_memory 16M
serve_start --hydrate

vm_start storm --threads 2 --storm 100000 --regions 3
vm_start balloon --threads 2 --balloon --rounds 100000 --regions 2
vm_await storm ready
await serves 2
for n in $(seq "$rounds"); do
	take_over_at_random 30000 2 --hydrate || fail "round $n: not both VMs were taken over"
done

# Another two rounds of each behind the last takeover, and then a look at every page.
for name in storm balloon; do
	last=$(grep -c '^round' "$work/$name.out")
	vm_await "$name" "round $((last + 2))\$"
	vm_finish "$name"
done
await metric_is vms 0
serve_ends_well
