#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A handshake that comes in two parts, with the cut anywhere: it is served. Where so much of it had
# come that the server had to read it away, and the server stops, it is refused in words.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
start --socket "$socket" --memory "$memory"
before=$(descriptors "$server")
for cut in 0 1 127 128 129 300; do
	client_start "$cut"
	await has_more_descriptors "$server" "$before"
	client_goes_on
	await has_no_more_descriptors "$server" "$before"
done
client_start 300
stop
[ "$status" -eq 0 ] || fail "exit code $status"
grep -q '"event":"refused".*no whole handshake before the server ended.*do not resume' "$work/out" ||
	fail "it does not tell of the refusal"
echo go >"$work/client.in"
client_end
[ "$status" -eq 3 ] || fail "the client ended with $status"
await gone "$socket"
