#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The memory file is cut short under a running guest: it ends with an error, not with zeros, and does
# not hang.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

run make --no-kvm --memory 1M --snapshot "$work/small"
run restore --no-kvm --snapshot "$work/small" # skips where there is no userfaultfd
# Page by page, so that there is time; if the guest came to its end before the file was cut, a
# larger one.
for memory in 256M 512M 1G; do
	run make --no-kvm --memory $memory --snapshot "$work/guest"
	[ "$status" -eq 0 ] || fail "exit code $status"
	start_until "verifying: " restore --no-kvm --snapshot "$work/guest" \
		--fault-around "$(getconf PAGESIZE)"
	truncate -s 1M "$work/guest.mem"
	await_end
	[ "$status" -eq 0 ] || break
done
[ "$status" -eq 1 ] || fail "exit code $status"
grep -q "the guest: SIGBUS: a page could not be brought" "$work/err" || fail "it does not say why"
