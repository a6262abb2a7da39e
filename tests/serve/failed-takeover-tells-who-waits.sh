#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The third argument is the program, but its privileges can never be dropped: it fails when the old
# server has gone. It says how many wait, and what it says to do helps.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
failing=$3
start --socket "$socket" --memory "$memory" --stats "$work/stats"
old=$server
has=$(descriptors "$old")
client_start 10
await has_more_descriptors "$old" "$has"

status=0
"$failing" --socket "$socket" --memory "$memory" --stats "$work/stats" --takeover \
	>"$work/run.out" 2>"$work/run.err" </dev/null || status=$?
[ "$status" -eq 1 ] || fail "exit code $status"
[ ! -s "$work/run.out" ] || fail "something on stdout"
cat >"$work/expected" <<END
uffd-serve: privileges cannot be dropped: Operation not permitted
uffd-serve: $socket: 1 VMs wait without a server: go on with uffd-serve --takeover --socket $socket
END
cmp -s "$work/run.err" "$work/expected" || fail "it says: $(cat "$work/run.err")"
status=0
wait "$old" || status=$?
[ "$status" -eq 0 ] || fail "the old server ended with $status"
grep -q 'left to the other server' "$work/out" || fail "the old server does not say whose they are"
[ ! -e "$work/stats" ] || fail "a socket for metrics is left"

start --socket "$socket" --memory "$memory" --takeover
client_goes_on
stop
[ "$status" -eq 0 ] || fail "exit code $status"
await gone "$socket"
[ -z "$(find "$work" -name '.*')" ] || fail "something is left"
