#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A VM that is killed in the middle of its faults: the server has nothing of it any more, and the
# other VM has noticed nothing.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 16M
serve_start --hydrate

# The first VM shows what one costs, and that all of it is given back.
vm_start other --threads 2 --storm 100000 --regions 2
vm_await other 'round 1$'
await metric_is vms 1
before=$(descriptors "$server")

for n in 1 2 3 4 5; do
	vm_start victim --threads 2 --storm 100000 --regions 3
	vm_await victim "round 1\$"
	kill -KILL "$(vm_pid victim)"
	vm_end victim
	[ "$status" -eq 137 ] || fail "the victim ended with $status"
	await metric_is vms_ended_total "$n"
	await metric_is vms 1
	await descriptors_are "$server" "$before"
done

vm_say other stop
vm_await other stopped
vm_say other go
last=$(grep -c '^round' "$work/other.out")
vm_await other "round $((last + 2))\$"
kill -0 "$(vm_pid other)" || fail "the other VM ended"
kill -KILL "$(vm_pid other)"
vm_end other
await metric_is vms 0
serve_stop
await no_holder
