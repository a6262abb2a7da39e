#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Without KVM a thread does the same, and the program says so.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

run --memory 64M --no-kvm
expect_success "every page verified"
grep -q -e "^--no-kvm: a thread plays the guest" "$work/out" || fail "it does not say so"
expect_no_rest
