#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Options that make no sense are refused with one line before anything is done.
# shellcheck source=vm-snapshot-live-common.sh
. "$(dirname "$0")/vm-snapshot-live-common.sh"

refused() {
	line=$1
	shift
	run --no-kvm "$@"
	expect_one_line "$line"
	[ ! -s "$work/out" ] || fail "something was done"
	expect_no_rest
}

refused "--incremental: wants --out PATH" --incremental "$work/a"
refused "--size: whole MiB" --size 1000
refused "--size: whole MiB" --size 4G
refused "--rounds: a number from 0 to" --rounds two
refused "--times: a number from 1 to" --times 0
refused "--buffer: 1M at least" --buffer 64K
refused "--poller: auto, io_uring or poll" --poller epoll
refused "go: no such command" go

# Said again and again, to one more than there can be layers.
options=
for i in $(seq 64); do
	options="$options --incremental $work/$i"
done
# shellcheck disable=SC2086
refused "--incremental: 63 at most" --out "$work/a" $options

# A place that is none is one line as well; the guest has run.
run --no-kvm --size 1M --out "$work/none/base"
expect_one_line "none/base.mem: No such file or directory"
grep -q "^the guest has counted to " "$work/out" || fail "the guest did not run on"

run --help
[ "$status" -eq 0 ] || fail "exit code $status"
grep -q -e "--incremental PATH" "$work/out" || fail "no help"
