#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Snapshots of memory in which a thread counts that nobody stops are each of one instant.
# shellcheck source=vm-snapshot-live-common.sh
. "$(dirname "$0")/vm-snapshot-live-common.sh"

run --no-kvm --size 32M --rounds 2 --out "$work/base" --incremental "$work/diff"
expect_success "every snapshot is of one instant"
grep -q -e "^--no-kvm: a thread plays the guest" "$work/out" || fail "it does not say so"
[ "$(grep -c "it was never stopped" "$work/out")" -eq 2 ] || fail "it was stopped"
use vm-restore
run restore --layers "$work/base,$work/diff"
expect_success "every page verified"

use vm-snapshot-live
# As little room as there may be: the thread has to wait for the output.
run --no-kvm --size 16M --buffer 1M
expect_success "every page verified"
expect_no_rest
