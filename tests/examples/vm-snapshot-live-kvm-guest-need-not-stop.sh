#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The memory of a KVM guest whose vCPU is never stopped is saved at one instant all the same.
# shellcheck source=vm-snapshot-live-common.sh
. "$(dirname "$0")/vm-snapshot-live-common.sh"

run --no-stop --size 4M --out "$work/base" --incremental "$work/diff"
if grep -q "a thread plays the guest" "$work/out"; then
	skip "$(grep "a thread plays the guest" "$work/out")"
fi
expect_success "every snapshot is of one instant"
[ "$(grep -c "it was never stopped" "$work/out")" -eq 2 ] || fail "it was stopped"
use vm-restore
run restore --layers "$work/base,$work/diff"
expect_success "every page verified"
