#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A client that has said something, but handed nothing over, is refused when the server ends: nobody
# has to go on with it. One that has sent its descriptor is held for the next server, which reads its
# handshake from the start.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M
serve_start --timeout 600000

client_start() {
	"$BAD_CLIENT" "$socket" "$1" >"$work/client.out" 2>"$work/client.err" &
	client=$!
	children="$children $client"
	await_line "$work/client.out" sent $!
	await metric_is connections_total "$2"
}

client_start says-a-byte 1
serve_stop
[ "$status" -eq 0 ] || fail "the server ended with $status"
! grep '"event":"stopped"' "$work/server1.out" | grep -q -e '--takeover' || fail "it waits for somebody"
await no_holder
end_of "$client"
[ "$status" -eq 0 ] || fail "the client that has said a byte ended with $status"

serve_start --timeout 600000
client_start says-half 1
serve_stop
[ "$status" -eq 0 ] || fail "the server ended with $status"
grep '"event":"stopped"' "$work/server2.out" | grep -q -e '--takeover' || fail "nobody is left to go on with"
serve_start --takeover --timeout 300
await metric_is 'refused_total{reason="silent"}' 1
end_of "$client"
[ "$status" -eq 0 ] || fail "the client that has said half ended with $status"
serve_stop
await no_holder
