#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# When all places of clients are taken, who comes is served at once, and the one that has waited
# longest without a byte goes, for being silent; whoever has sent something stays before it.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M
# Nobody is late here.
serve_start --timeout 600000

crowd_start() {
	"$CROWD" "$socket" "$2" "$3" >"$work/$1.out" 2>"$work/$1.err" &
	children="$children $!"
	await_line "$work/$1.out" there $!
}
gone() {
	[ "$(grep -c refused "$work/$1.out")" -eq "$2" ]
}

crowd_start talks 2 0
crowd_start mute 62 62
before=$(metric 'refused_total{reason="silent"}')
[ "$before" -eq 0 ] || fail "somebody was refused before all places were taken"

vm_start one --threads 1
vm_verified one
await_line "$work/mute.out" '^refused 0$' "$server"
vm_start two --threads 1 --split
vm_verified two
await metric_is 'refused_total{reason="silent"}' 1
grep -q 'its place was wanted' "$work/server.err" || fail "not a word of why"

# As many again: all that were mute are gone, in their order, before one that talks.
crowd_start more 70 0
await metric_is 'refused_total{reason="silent"}' 70
await gone mute 62
grep refused "$work/mute.out" | cut -d' ' -f2 | sort -n -c || fail "not the oldest first"
await gone talks 2
await gone more 6
vm_start three --threads 1
vm_verified three
serve_stop
[ "$status" -eq 0 ] || fail "the server ended with $status"
