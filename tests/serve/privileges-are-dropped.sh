#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# --user: another user with no capability, but CAP_KILL for --on-error kill; what is open stays.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
[ "$(id -u)" -eq 0 ] || skip "only root can become another user"

# The field $1 of the server's status, its words one space apart.
field() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$server/status" | tr '\t' ' '
}

for policy in poison kill; do
	start --socket "$socket" --memory "$memory" --stats "$work/stats" --user 65534:65534 --on-error "$policy"
	[ "$(field Uid)" = '65534 65534 65534 65534' ] || fail "a user: $(field Uid)"
	[ "$(field Gid)" = '65534 65534 65534 65534' ] || fail "a group: $(field Gid)"
	[ -z "$(field Groups | tr -d ' ')" ] || fail "groups: $(field Groups)"
	[ "$(field NoNewPrivs)" = 1 ] || fail "it may gain privileges"
	expected=0000000000000000
	[ "$policy" = poison ] || expected=0000000000000020
	[ "$(field CapEff)" = "$expected" ] || fail "capabilities: $(field CapEff)"
	[ "$(field CapPrm)" = "$expected" ] || fail "permitted: $(field CapPrm)"
	stop
	[ "$status" -eq 0 ] || fail "exit code $status"
	[ ! -s "$work/err" ] || fail "something on stderr"
	rm -f "$socket" "$work/stats" # in root's directory it may not itself
	await gone "$socket"
done
