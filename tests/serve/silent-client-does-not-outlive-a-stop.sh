#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Who has connected and sent nothing is refused when the server stops, and nobody waits for it; a
# server that takes over has it.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
start --socket "$socket" --memory "$memory"
client_start 0
stop
[ "$status" -eq 0 ] || fail "exit code $status"
await gone "$socket"
echo go >"$work/client.in"
client_end
[ "$status" -eq 3 ] || fail "the client ended with $status"

start --socket "$socket" --memory "$memory"
old=$server
client_start 0
start --socket "$socket" --memory "$memory" --takeover
wait "$old" || fail "the old server ended with $?"
client_goes_on
stop
[ "$status" -eq 0 ] || fail "exit code $status"
await gone "$socket"
