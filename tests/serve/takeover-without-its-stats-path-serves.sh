#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# --takeover with a path of metrics that another server keeps: that is seen when the old server has
# yielded, so the new one serves without metrics, and says so.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
start --socket "$work/other" --memory "$memory" --stats "$work/stats"
other=$server
inode=$(stat -c %i "$work/stats")
start --socket "$socket" --memory "$memory"
old=$server
start --socket "$socket" --memory "$memory" --stats "$work/stats" --takeover
[ "$(wc -l <"$work/err")" -eq 1 ] || fail "not one line on stderr"
grep -q "^uffd-serve: $work/stats: somebody listens there: it goes on without metrics" "$work/err" ||
	fail "it does not say that"
status=0
wait "$old" || status=$?
[ "$status" -eq 0 ] || fail "the old server ended with $status"
stop
[ "$status" -eq 0 ] || fail "exit code $status"
await gone "$socket"
[ "$(stat -c %i "$work/stats")" = "$inode" ] || fail "the other server's socket is gone"
server=$other
stop
[ "$status" -eq 0 ] || fail "the other server ended with $status"
[ -z "$(find "$work" -name '.*')" ] || fail "something is left"
