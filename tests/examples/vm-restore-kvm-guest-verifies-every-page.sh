#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A KVM guest of 64 MiB goes on in a new VM and finds every page right.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

run --memory 64M
# No /dev/kvm, no userfaultfd that KVM can run on, or another architecture.
if grep -q "a thread plays the guest" "$work/out"; then
	skip "$(grep "a thread plays the guest" "$work/out")"
fi
expect_success "every page verified"
grep -q "^time to first guest instruction" "$work/out" || fail "no time to first instruction"
expect_no_rest
