#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A server without VMs yields to one that takes over: the same socket, by its inode.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
start --socket "$socket" --memory "$memory" --stats "$work/stats"
old=$server
inode=$(stat -c %i "$socket")
cp "$work/out" "$work/old" # the old server writes to out itself; its end is told by its exit code
start --socket "$socket" --memory "$memory" --stats "$work/stats" --takeover
status=0
wait "$old" || status=$?
[ "$status" -eq 0 ] || fail "the old server ended with $status"
[ "$(stat -c %i "$socket")" = "$inode" ] || fail "another socket"
[ -S "$work/stats" ] || fail "no socket for metrics"
stop
[ "$status" -eq 0 ] || fail "exit code $status"
await gone "$socket"
[ ! -e "$work/stats" ] || fail "a socket is left"
