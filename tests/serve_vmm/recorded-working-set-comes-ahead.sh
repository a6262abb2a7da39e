#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# What one VM asked for, and only that, is in the memory of the next one before it asks; and what the
# next one throws away meanwhile stays zeros.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 16M

serve_start --workingset "$work/set" --record
vm_start first --threads 1 --pause-at 400
vm_await first stopped
filled_by_first=$("$READ_STATS" "$stats" | sed -n 's/^uffd_serve_vm_filled_bytes{.*} //p')
kill -KILL "$(vm_pid first)"
vm_end first
await test -s "$work/set"
serve_stop

serve_start --workingset "$work/set"
vm_start next --threads 1 --pause-at 1
vm_await next stopped
has_come() {
	[ "$("$READ_STATS" "$stats" | sed -n 's/^uffd_serve_vm_filled_bytes{.*} //p')" -ge "$1" ]
}
await has_come "$filled_by_first"
! has_come 16777216 || fail "more has come than what was recorded"
vm_say next go
vm_verified next

vm_start stormy --threads 2 --storm 5 --regions 1
vm_verified stormy
serve_stop
[ ! -s "$work/server.err" ] || fail "a server complains"
