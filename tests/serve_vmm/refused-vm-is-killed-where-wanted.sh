#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# With --on-error kill a VM whose handshake is refused is killed before its descriptor is closed; who
# has handed nothing over is not.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M
serve_start --on-error kill --timeout 300

client() {
	status=0
	"$BAD_CLIENT" "$socket" "$1" >"$work/client.out" 2>"$work/client.err" || status=$?
	[ "$status" -ne 77 ] || skip "$(cat "$work/client.err")"
}

killed=0
for case in past-the-file not-json not-registered says-half; do
	client "$case"
	[ "$status" -eq 137 ] || fail "$case: exit code $status"
	killed=$((killed + 1))
	await metric_is vms_killed_total "$killed"
done
for case in no-descriptor says-nothing; do
	client "$case"
	[ "$status" -eq 0 ] || fail "$case: exit code $status"
done
metric_is vms_killed_total "$killed" || fail "somebody was killed who had handed nothing over"
serve_stop
