#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A VMM that hands the same userfaultfd over once more is refused the second time, and served on as
# if nothing had been: it is not killed, and no page that it throws away is the snapshot's again.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
serve_supports
make_memory 8M
serve_start --on-error kill --max-vms 2

vm_start twice --threads 3 --storm 4 --regions 3 --twice
vm_verified twice
await metric_is 'refused_total{reason="descriptor"}' 1
metric_is vms_served_total 1 || fail "it was served twice"
metric_is vms_killed_total 0 || fail "it was killed"
grep -q 'it is served already$' "$work/server.err" || fail "not a word"

# Nor does it matter that there is no room for another.
await metric_is vms 0
vm_start first --threads 1 --rounds 100000
await serves 2
vm_start second --threads 1 --storm 2 --twice
vm_verified second
await metric_is 'refused_total{reason="descriptor"}' 2
metric_is vms_killed_total 0 || fail "it was killed for want of room"
vm_finish first
serve_stop
[ "$status" -eq 0 ] || fail "the server ended with $status"
