#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The server of a KVM guest with a balloon is killed while vCPUs wait for pages, and another one
# goes on.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
seed_and_rounds 8
make_memory 16M
serve_start

vm_start kvm --vcpus 2 --balloon --rounds 100000 --regions 3
vm_await kvm ready
await serves 1
for n in $(seq "$rounds"); do
	take_over_at_random 30000 1 || fail "round $n: the VM was not taken over"
done
vm_finish kvm
serve_ends_well
