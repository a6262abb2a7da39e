#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A guest of which many snapshots are taken, each over the one before, and then a chain of diffs.
# shellcheck source=vm-snapshot-live-common.sh
. "$(dirname "$0")/vm-snapshot-live-common.sh"

for guest in --no-kvm --poller=auto; do
	run "$guest" --size 4M --times 8 --out "$work/base" --incremental "$work/a" \
		--incremental "$work/b" --incremental "$work/c" --incremental "$work/d"
	expect_success "every snapshot is of one instant"
	[ "$(grep -c "^snapshot: " "$work/out")" -eq 8 ] || fail "not 8 of all memory"
	[ "$(grep -c "^diff: " "$work/out")" -eq 4 ] || fail "not 4 of what has changed"
	use vm-restore
	run restore --layers "$work/base,$work/a,$work/b,$work/c,$work/d"
	expect_success "every page verified"
	use vm-snapshot-live
done
