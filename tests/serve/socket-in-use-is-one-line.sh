#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Where a server listens a second one does not, and the first one goes on.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
start --socket "$socket" --memory "$memory" --stats "$work/stats"
cp "$work/out" "$work/first"

run --socket "$socket" --memory "$memory"
expect_one_line 1 "$socket: .*--takeover"
run --socket "$work/other" --memory "$memory" --stats "$work/stats"
expect_one_line 1 "$work/stats: "
await gone "$work/other"
kill -0 "$server" || fail "the first server is gone"
[ -S "$socket" ] && [ -S "$work/stats" ] || fail "a socket of the first server is gone"
stop
[ "$status" -eq 0 ] || fail "the first server ended with $status"
gone "$socket" || await gone "$socket"
