#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The server of a KVM guest with a balloon is killed while vCPUs wait for pages, and another one
# goes on.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
seed=${UFFD_TEST_SEED:-$(date +%s)}
rounds=${UFFD_TEST_ROUNDS:-8}
echo "seed $seed, $rounds rounds"
make_memory 16M
serve_start

vm_start kvm --vcpus 2 --balloon --rounds 100000 --regions 3
vm_await kvm ready
await serves 1
for n in $(seq "$rounds"); do
	sleep_at_random 30000
	serve_kill
	serve_start --takeover
	metric_is vms 1 || fail "round $n: the VM was not taken over"
done
vm_say kvm finish
vm_verified kvm
grep '^longest wait' "$work/kvm.out"
serve_stop
await no_holder
[ ! -s "$work/server.err" ] || fail "a server complains"
