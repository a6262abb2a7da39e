#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# SIGTERM in the middle of faults: what is pending is answered, the server ends well, says how to go
# on, and the VM waits for the next one.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 16M
serve_start

vm_start one --threads 2 --storm 100000 --regions 3
await serves 1
for n in 1 2 3 4; do
	serve_stop
	[ "$status" -eq 0 ] || fail "stop $n: it ended with $status"
	grep '"event":"stopped"' "$work/server$n.out" | grep -q -e '--takeover' ||
		fail "stop $n: it does not say how to go on"
	serve_start --takeover
done
vm_finish one
serve_ends_well
