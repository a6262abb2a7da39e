#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A server ends, in each way, that has half a handshake: the other half goes to the next one, which
# has the first with its descriptor, too, and all memory is right.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
for way in TERM KILL yield; do
	start --socket "$socket" --memory "$memory"
	before=$(descriptors "$server")
	client_start 60
	await has_more_descriptors "$server" "$before"
	if [ $way != yield ]; then
		kill -"$way" "$server"
		wait "$server" 2>"$work/kill"
		[ $way = KILL ] || grep '"event":"stopped"' "$work/out" | grep -q '1 VMs wait' ||
			fail "it does not say that somebody waits"
	fi
	old=$server
	start --socket "$socket" --memory "$memory" --takeover
	await grep -q '"event":"taken-over","detail":"1 VMs"' "$work/out"
	[ $way != yield ] || wait "$old" || fail "the old server ended with $?"
	client_goes_on
	[ ! -s "$work/err" ] || fail "something on stderr"
	stop
	[ "$status" -eq 0 ] || fail "exit code $status"
	await gone "$socket"
done
