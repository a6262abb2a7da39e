#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# An incremental snapshot has the pages that were written since the one before it, and no others.
# shellcheck source=vm-snapshot-live-common.sh
. "$(dirname "$0")/vm-snapshot-live-common.sh"

first_pages() {
	head -c "$(getconf PAGESIZE)" "$1"
}

run --no-kvm --size 4M --out "$work/base" --incremental "$work/a" --incremental "$work/b"
expect_success "every snapshot is of one instant"
# Nobody writes to page 0 once the guest runs: it is the host that has told it the seed there.
first_pages /dev/zero >"$work/zeros"
first_pages "$work/base.mem" >"$work/first"
cmp -s "$work/first" "$work/zeros" && fail "page 0 is not in the snapshot"
for diff in "$work/a" "$work/b"; do
	first_pages "$diff.mem" >"$work/first"
	cmp "$work/first" "$work/zeros" || fail "page 0 is in a diff"
	# A quarter has been written at least, and each page of it is in the file.
	[ "$(du -k "$diff.mem" | cut -f 1)" -ge 900 ] || fail "no content in a diff"
done
use vm-restore
run restore --layers "$work/base,$work/b"
expect_one_line "b.state: not made over the layer before it"
