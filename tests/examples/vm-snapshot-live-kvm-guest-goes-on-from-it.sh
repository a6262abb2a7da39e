#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A snapshot of a KVM guest that runs, and one of what has changed since, are each of one instant;
# new VMs go on from the first and from both, in the middle of what the guest was doing.
# shellcheck source=vm-snapshot-live-common.sh
. "$(dirname "$0")/vm-snapshot-live-common.sh"

run --size 8M --rounds 2 --out "$work/base" --incremental "$work/diff"
# No /dev/kvm, no userfaultfd that KVM can run on, or another architecture.
if grep -q "a thread plays the guest" "$work/out"; then
	skip "$(grep "a thread plays the guest" "$work/out")"
fi
expect_success "every snapshot is of one instant"
[ "$(grep -c "its vCPU was stopped for" "$work/out")" -eq 2 ] || fail "when was it stopped?"
[ "$(grep -c "^  one instant: " "$work/out")" -eq 2 ] || fail "not both were looked at"

use vm-restore
for layers in "$work/base" "$work/base,$work/diff"; do
	run restore --layers "$layers"
	expect_success "every page verified"
	if grep -q "a thread plays the guest" "$work/out"; then
		fail "no registers in the snapshot"
	fi
	# A thread can go on, too: memory tells where the guest was.
	run restore --layers "$layers" --no-kvm
	expect_success "every page verified"
done
# Its registers are of its memory and of no other.
: >"$work/diff.mem"
truncate -s 8M "$work/diff.mem"
run restore --layers "$work/base,$work/diff"
expect_one_line "page [0-9]* is wrong at byte"
run make --layers "$work/base" --snapshot "$work/changed"
expect_one_line "base.state: its guest counts"

use vm-snapshot-live
run --size 2M
expect_success "every page verified"
expect_no_rest
