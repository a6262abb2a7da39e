#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# With --on-error hold a VM waits for what cannot be read; when the file is whole again, the next
# server brings it.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M
serve_start --on-error hold --retries 1
touch -r "$memory" "$work/time"
truncate -s 4M "$memory" || fail "truncate"

# Nobody's patience: it hangs.
vm_start impatient --threads 2 --patience 1
vm_end impatient
[ "$status" -eq 3 ] || fail "it ended with $status"
tail -n 1 "$work/impatient.out" | grep -q '^HUNG page' || fail "it did not hang"

vm_start patient --threads 2 --patience 30
await grep -q '"event":"lost","vm":2' "$work/server1.out"
await metric_is vms 1
"$READ_STATS" "$stats" | grep -q 'pid="'"$(vm_pid patient)"'",state="held"} 1$' ||
	fail "no metric says that it is held"
serve_kill
# As it was, in all that the next server can see of it: with another file it would let the VM wait.
make_memory 8M
"$UFFD_SERVE" --socket "$socket" --memory "$memory" --takeover >"$work/start.out" 2>"$work/start.err" &&
	fail "it went on with a file that may be another"
[ "$(wc -l <"$work/start.err")" -eq 1 ] || fail "not one line says why"
touch -r "$work/time" "$memory"
serve_start --on-error hold --takeover
vm_verified patient
serve_stop
await no_holder
