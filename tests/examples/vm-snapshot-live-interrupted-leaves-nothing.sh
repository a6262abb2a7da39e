#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A signal while snapshots are taken ends it soon; the temporary directory is gone, and there is no
# state beside memory that is not whole.
# shellcheck source=vm-snapshot-live-common.sh
. "$(dirname "$0")/vm-snapshot-live-common.sh"

run --no-kvm --size 1M # skips where there is no userfaultfd
expect_success "every page verified"
for signal in TERM INT; do
	start_until "saving: " --no-kvm --size 16M --times 1000000
	kill -s "$signal" "$child"
	await_end
	[ "$status" -eq 130 ] || fail "exit code $status after SIG$signal"
	expect_no_rest
done
start_until "saving: " --no-kvm --size 16M --times 1000000 --out "$work/base"
kill -s TERM "$child"
await_end
[ "$status" -eq 130 ] || fail "exit code $status after SIGTERM"
if [ -e "$work/base.state" ]; then
	use vm-restore
	run restore --no-kvm --snapshot "$work/base"
	expect_success "every page verified"
else
	[ ! -e "$work/base.mem" ] || fail "memory without a state"
fi
