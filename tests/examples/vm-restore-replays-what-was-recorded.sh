#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A recorded run is replayed ahead of the guest, with its content in the file or without: every page
# is right, and fewer of them fault.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# Restores with these options; the faults that it took are in $faults. Page by page: what does not
# come ahead faults once.
restore() {
	run restore --snapshot "$work/guest" --fault-around "$(getconf PAGESIZE)" "$@"
	expect_success "every page verified"
	faults=$(sed -n 's/^by fault.* \([0-9]*\) faults$/\1/p' "$work/out")
	[ -n "$faults" ] || fail "it does not tell its faults"
}

for guest in --no-kvm --memory=16M; do
	run make --memory 16M --snapshot "$work/guest" "$guest"
	[ "$status" -eq 0 ] || fail "exit code $status"

	restore "$guest"
	plain=$faults
	restore "$guest" --record "$work/set"
	grep -q "^recorded [0-9]* pages: $work/set" "$work/out" || fail "not said what it recorded"
	restore "$guest" --record "$work/packed" --pack
	[ "$(wc -c <"$work/packed")" -gt 10000000 ] || fail "no content in the packed file"

	restore "$guest" --replay "$work/set"
	grep -q "^by fault, replayed: " "$work/out" || fail "the report does not say so"
	[ "$faults" -lt "$plain" ] || fail "$faults faults with a replay, $plain without"
	restore "$guest" --replay "$work/packed"
	[ "$faults" -lt "$plain" ] || fail "$faults faults with a packed replay, $plain without"
	restore "$guest" --replay "$work/packed" --prefetch
	[ "$faults" -lt "$plain" ] || fail "$faults faults with everything ahead, $plain without"
done
