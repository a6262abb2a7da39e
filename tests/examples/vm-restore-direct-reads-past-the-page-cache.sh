#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# With --direct nothing of the memory file ends up in the page cache, and every page is right.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# Pages of the memory file in the page cache.
cached() {
	fincore --noheadings --raw --output PAGES "$work/guest.mem"
}

# Throws them out.
forget() {
	dd of="$work/guest.mem" oflag=nocache conv=notrunc,fdatasync count=0 2>"$work/dd" ||
		skip "no way to empty the cache of a file"
}

command -v fincore >"$work/out" || skip "no fincore(1)"
run make --memory 16M --snapshot "$work/guest" --no-kvm
[ "$status" -eq 0 ] || fail "exit code $status"
forget
[ "$(cached)" -eq 0 ] || skip "the cache of a file stays on $(stat -f -c %T "$work")"

for way in "" --prefetch; do
	# shellcheck disable=SC2086
	run restore --snapshot "$work/guest" --no-kvm --direct $way
	if grep -q "no O_DIRECT there" "$work/err"; then
		[ "$status" -eq 0 ] || fail "exit code $status"
		skip "no O_DIRECT on $(stat -f -c %T "$work")"
	fi
	expect_success "every page verified"
	grep -q "^by fault.*, direct: " "$work/out" || fail "the report does not say so"
	[ "$(cached)" -eq 0 ] || fail "$(cached) pages in the cache"
done
run restore --snapshot "$work/guest" --no-kvm
expect_success "every page verified"
[ "$(cached)" -gt 0 ] || fail "nothing in the cache without --direct either"
