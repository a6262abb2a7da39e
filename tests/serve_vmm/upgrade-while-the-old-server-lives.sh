#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A new server takes over while the old one serves: the old one yields, ends well, and the VM has
# noticed nothing but a wait.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 16M
serve_start --hydrate

vm_start one --threads 2 --storm 100000 --regions 3
await serves 1
for n in 1 2 3 4 5; do
	old=$server
	serve_start --hydrate --takeover
	end_of "$old"
	[ "$status" -eq 0 ] || fail "upgrade $n: the old server ended with $status"
	grep -q '"event":"yielding"' "$work/server$n.out" || fail "upgrade $n: it did not yield"
	metric_is vms_taken_over_total 1 || fail "upgrade $n: the VM was not taken over"
done
vm_finish one
serve_ends_well
