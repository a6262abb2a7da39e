#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A server that is told to end and has no VM: exit code 0, its sockets removed, its holder gone.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
for signal in TERM INT HUP; do
	# A shell's background jobs ignore SIGINT; waited for, it is heard all the same.
	start --socket "$socket" --memory "$memory" --stats "$work/stats"
	[ -S "$socket" ] && [ -S "$work/stats" ] || fail "no socket"
	kill -"$signal" "$server"
	status=0
	wait "$server" || status=$?
	[ "$status" -eq 0 ] || fail "exit code $status after SIG$signal"
	[ ! -s "$work/err" ] || fail "something on stderr"
	tail -n 1 "$work/out" | grep -q '"event":"stopped"' || fail "it does not say that it has stopped"
	[ ! -e "$socket" ] && [ ! -e "$work/stats" ] || fail "a socket is left"
	await gone "$socket"
done
