#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A signal in the middle ends it soon, and nothing is left in the temporary directory.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

run --memory 1M --no-kvm # skips where there is no userfaultfd

# Sends signal $1 as soon as the program shows progress of $2. Page by page it is slow enough for
# that.
interrupt() {
	start_until "$2: " --no-kvm --memory 256M --fault-around "$(getconf PAGESIZE)"
	kill -s "$1" "$child"
	await_end
	[ "$status" -eq 130 ] || fail "exit code $status after SIG$1"
	expect_no_rest
}

interrupt TERM filling
interrupt INT verifying
