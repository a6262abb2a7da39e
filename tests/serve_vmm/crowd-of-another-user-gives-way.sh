#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# When all places of clients are taken, one of the user who has most of them goes, whatever it has
# sent: what the clients of others have waited for is not taken from them.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
[ "$(id -u)" -eq 0 ] || skip "needs root, to be somebody else"
command -v setpriv >/dev/null || skip "no setpriv(1)"
make_memory 8M
serve_start --timeout 600000 --mode 0666
chmod 755 "$work"

"$CROWD" "$socket" 4 4 >"$work/few.out" 2>"$work/few.err" &
children="$children $!"
await_line "$work/few.out" there $!
cp "$CROWD" "$work/crowd"
as_another="setpriv --reuid 65534 --regid 65534 --clear-groups"
$as_another test -w "$socket" || skip "another user does not get to $work"
$as_another "$work/crowd" "$socket" 60 0 >"$work/many.out" 2>"$work/many.err" &
children="$children $!"
await_line "$work/many.out" there $!

vm_start one --threads 1
vm_verified one
await_line "$work/many.out" '^refused 0$' "$server"
metric_is 'refused_total{reason="silent"}' 1 || fail "more than one went"
! grep -q refused "$work/few.out" || fail "one of the few went"
serve_stop
[ "$status" -eq 0 ] || fail "the server ended with $status"
