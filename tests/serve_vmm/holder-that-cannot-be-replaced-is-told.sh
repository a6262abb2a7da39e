#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A server that has given up root cannot make a holder in root's directory when the first is killed:
# it says so once, and serves the VMs that it has.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
[ "$(id -u)" -eq 0 ] || skip "this needs root"
make_memory 8M
serve_start --user nobody

vm_start one --threads 2 --storm 100000
await serves 1
kill -KILL "$(tr -d ' ' <"/proc/$server/task/$server/children")"
await grep -q 'the holder has died, and there is no other' "$work/server.err"
last=$(grep -c '^round' "$work/one.out")
vm_await one "round $((last + 2))\$"
vm_finish one
await metric_is vms 0
serve_stop
[ "$status" -eq 0 ] || fail "the server ended with $status"
[ "$(wc -l <"$work/server.err")" -eq 1 ] || fail "not one line"
