#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The holder is killed in the middle of a storm, and handshakes: another one has all that it had, so
# the server may be killed then, and each page is right. That twice: the second time of a server that
# has taken over.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
seed=${UFFD_TEST_SEED:-$(date +%s)}
echo "seed $seed"
make_memory 8M

# Of a server that has made it itself.
holder_of() {
	tr -d ' ' <"/proc/$1/task/$1/children"
}

replaced() {
	[ "$(grep -c 'the holder has died: another one' "$work/server.err")" -eq "$1" ]
}

serve_start
holder=$(holder_of "$server")

vm_start storm --threads 2 --storm 100000 --regions 3
await serves 1
for n in 1 2; do
	vm_start "a$n" --threads 2 --rounds 2
	sleep_at_random 3000
	kill -KILL "$holder"
	vm_start "b$n" --threads 2 --rounds 2
	await replaced "$n"
	holder=$(holder_of "$server")
	serve_kill
	serve_start --takeover
	vm_verified "a$n"
	vm_verified "b$n"
done
last=$(grep -c '^round' "$work/storm.out")
vm_await storm "round $((last + 2))\$"
vm_finish storm
await metric_is vms 0
serve_stop
[ "$status" -eq 0 ] || fail "the server ended with $status"
await no_holder
[ "$(grep -c . "$work/server.err")" -eq 2 ] || fail "not one line for each holder"
