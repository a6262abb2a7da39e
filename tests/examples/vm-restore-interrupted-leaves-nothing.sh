#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A signal in the middle ends it soon, and nothing is left in the temporary directory.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

run --memory 1M --no-kvm # skips where there is no userfaultfd

# Sends signal $1 as soon as the program shows progress of $2. Page by page it is slow enough for
# that; if it came to its end before the signal did it has more to do the next time.
interrupt() {
	for memory in 256M 512M 1G; do
		start_until "$2: " --no-kvm --memory $memory --fault-around "$(getconf PAGESIZE)"
		kill -s "$1" "$child"
		await_end
		[ "$status" -eq 0 ] || break
	done
	[ "$status" -eq 130 ] || fail "exit code $status after SIG$1"
	expect_no_rest
}

interrupt TERM filling
interrupt INT verifying
