#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Regions that together are more than the snapshot's memory are refused, each of which would fit; the
# words have both numbers. A table that has every byte once is served.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M
serve_start

status=0
"$BAD_CLIENT" "$socket" more-than-the-file >"$work/client.out" 2>"$work/client.err" || status=$?
[ "$status" -ne 77 ] || skip "$(cat "$work/client.err")"
[ "$status" -eq 0 ] || fail "exit code $status"
await metric_is 'refused_total{reason="regions"}' 1
grep -q 'regions of 8392704 bytes, and the content has 8388608;' "$work/server.err" ||
	fail "not with both numbers"
metric_is vms 0 || fail "it is served"

vm_start whole --threads 1 --regions 6
vm_verified whole
serve_stop
