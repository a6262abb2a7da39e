#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The server is killed while it brings a snapshot's memory for the first time, several times; pages
# that were being filled then are brought by the next one.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
seed_and_rounds 4
make_memory 64M
serve_start --hydrate
unfilled=0

for n in $(seq "$rounds"); do
	vm_start one --threads 2 --regions 3 --seed "$seed$n" --rounds 100000
	await serves 1
	for kill in 1 2 3 4 5; do
		take_over_at_random 8000 1 --hydrate ||
			fail "round $n, kill $kill: the VM was not taken over"
		grep -q 'state="serving"} 1' "$work/stats.text" && unfilled=$((unfilled + 1))
	done
	vm_finish one
	# The next VM is to find a server that has served nobody.
	await metric_is vms 0
	serve_stop
	await no_holder
	[ "$n" -eq "$rounds" ] || serve_start --hydrate
done
echo "$unfilled takeovers of memory that was not all there"
[ "$unfilled" -gt 0 ] || fail "all memory had come before anybody was killed"
[ ! -s "$work/server.err" ] || fail "a server complains"
