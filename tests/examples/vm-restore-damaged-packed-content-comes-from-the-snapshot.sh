#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Packed content that is damaged is never used: the guest gets the snapshot's, and it is told.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

run make --no-kvm --memory 16M --snapshot "$work/guest"
run restore --no-kvm --snapshot "$work/guest" --record "$work/packed" --pack
expect_success "every page verified"

# The tables are at the file's begin, and are whole.
size=$(wc -c <"$work/packed")
for at in $((size - 1)) $((size / 2)) $((size - 10000000)); do
	cp "$work/packed" "$work/bad"
	printf '\252\125' | dd of="$work/bad" bs=1 seek=$((at - 1)) conv=notrunc 2>"$work/dd"
	run restore --no-kvm --snapshot "$work/guest" --replay "$work/bad"
	[ "$status" -eq 0 ] || fail "exit code $status"
	[ "$(tail -n 1 "$work/out")" = "every page verified" ] || fail "not every page verified"
	if grep -q "^replay .*; ended: damaged content" "$work/out"; then
		grep -q "packed content" "$work/err" || fail "the library does not say so"
		told=yes
	fi
done
# A guest that is faster than the replay may not need the damaged part; never all of them.
[ "${told:-no}" = yes ] || fail "no damage was noticed"
