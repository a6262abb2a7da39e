#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The memory file is cut short under a running guest: it ends with an error, not with zeros, and does
# not hang.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

run make --no-kvm --memory 1M --snapshot "$work/small"
run restore --no-kvm --snapshot "$work/small" # skips where there is no userfaultfd
run make --no-kvm --memory 256M --snapshot "$work/guest"
[ "$status" -eq 0 ] || fail "exit code $status"

# Page by page, so that there is time.
start_until "verifying: " restore --no-kvm --snapshot "$work/guest" \
	--fault-around "$(getconf PAGESIZE)"
truncate -s 1M "$work/guest.mem"
await_end
[ "$status" -eq 1 ] || fail "exit code $status"
grep -q "the guest: SIGBUS: a page could not be brought" "$work/err" || fail "it does not say why"
