#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# --takeover with another memory file than the server's, which does not yield to that; with the right
# one it does.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
cp "$memory" "$work/other"
start --socket "$socket" --memory "$memory"
old=$server
cp "$work/out" "$work/before"
for other in "$work/other" "--layers=$work/other"; do
	case $other in
	--*) set -- --memory "$memory" "$other" ;;
	*) set -- --memory "$other" ;;
	esac
	status=0
	"$program" --socket "$socket" --takeover "$@" >"$work/run.out" 2>"$work/run.err" </dev/null || status=$?
	[ "$status" -eq 1 ] || fail "exit code $status with $*"
	[ ! -s "$work/run.out" ] || fail "something on stdout"
	[ "$(wc -l <"$work/run.err")" -eq 1 ] || fail "not one line on stderr"
	grep -q '^uffd-serve: .*not the memory file and layers' "$work/run.err" || fail "$(cat "$work/run.err")"
done
kill -0 "$old" || fail "the server has ended"
cmp -s "$work/out" "$work/before" || fail "the server has noticed"
start --socket "$socket" --memory "$memory" --takeover
status=0
wait "$old" || status=$?
[ "$status" -eq 0 ] || fail "the old server ended with $status"
stop
[ "$status" -eq 0 ] || fail "exit code $status"
await gone "$socket"
