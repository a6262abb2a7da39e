#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A server without VMs that is killed: its socket stays, so that who connects waits, and the next one
# goes on there, told to take over or not. One that runs yields only to who is told to.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
start --socket "$socket" --memory "$memory" --stats "$work/stats"
inode=$(stat -c %i "$socket")
kill -KILL "$server"
wait "$server" 2>"$work/kill"
start --socket "$socket" --memory "$memory" --stats "$work/stats"
[ "$(stat -c %i "$socket")" = "$inode" ] || fail "another socket"
run --socket "$socket" --memory "$memory"
expect_one_line 1 "$socket: a server is there: see --takeover"
kill -KILL "$server"
wait "$server" 2>"$work/kill"
start --socket "$socket" --memory "$memory" --stats "$work/stats" --takeover
[ "$(stat -c %i "$socket")" = "$inode" ] || fail "another socket"
stop
[ "$status" -eq 0 ] || fail "exit code $status"
await gone "$socket"
