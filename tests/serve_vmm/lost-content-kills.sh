#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# With --on-error kill a VM that needs what cannot be read is killed, also by a server that is no longer
# root; one that has all its memory goes on.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M
user=
[ "$(id -u)" -ne 0 ] || user='--user nobody'
# shellcheck disable=SC2086
serve_start --on-error kill --retries 1 $user

vm_start whole --threads 2 --storm 100000
vm_await whole 'round 2$'
truncate -s 4M "$memory" || fail "truncate"
vm_start needy --threads 2
vm_end needy
[ "$status" -eq 137 ] || fail "it ended with $status"
await metric_is vms_killed_total 1
grep -q '"event":"killed"' "$work/server1.out" || fail "the server does not say so"
await metric_is vms 1
vm_finish whole
serve_stop
