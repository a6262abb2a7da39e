#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A launcher connects, and another process hands its memory over on that connection. The launcher
# ends: the memory is served on, also by the next server; when it goes the VM ends.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
start --socket "$socket" --memory "$memory"
client_start 1000 launcher
wait "$client" || fail "the launcher ended with $?"
await grep -q 'who handed its memory over has ended' "$work/err"
kill -KILL "$server"
wait "$server" 2>"$work/kill"
start --socket "$socket" --memory "$memory" --takeover
await grep -q 'who handed its memory over has ended' "$work/err"
echo go >"$work/client.in"
await grep -q -e right -e wrong "$work/client.out"
grep -q right "$work/client.out" || fail "what the memory has is not the content"
await grep -q '"event":"ended"' "$work/out"
stop
[ "$status" -eq 0 ] || fail "exit code $status"
await gone "$socket"
