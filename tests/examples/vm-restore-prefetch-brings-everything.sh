#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# With --prefetch memory comes in the background, too: shown while the guest runs, told at the end.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

for guest in --no-kvm --memory=16M; do
	run --memory 16M --prefetch "$guest"
	expect_success "every page verified"
	grep -q "^verifying: 100 %, prefetched [0-9]* %" "$work/out" || fail "no progress of it"
	grep -q "^by fault, prefetched: " "$work/out" || fail "the report does not say so"
	brought=$(sed -n 's/^prefetch *\([0-9]*\)\.\([0-9]\) of 16.0 MiB.*/\1\2/p' "$work/out")
	[ "${brought:-0}" -gt 0 ] || fail "it brought nothing"
	expect_no_rest
done
