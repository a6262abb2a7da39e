#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# --mode and --owner are of both sockets; 0600 without.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
umask 0
start --socket "$socket" --memory "$memory" --stats "$work/stats"
[ "$(stat -c %a "$socket" "$work/stats" | uniq)" = 600 ] || fail "not 0600"
stop
await gone "$socket"

umask 077
start --socket "$socket" --memory "$memory" --stats "$work/stats" --mode 0660
[ "$(stat -c %a "$socket" "$work/stats" | uniq)" = 660 ] || fail "not 0660"
stop
await gone "$socket"

[ "$(id -u)" -eq 0 ] || exit 0
start --socket "$socket" --memory "$memory" --stats "$work/stats" --owner 65534:65533
[ "$(stat -c %u:%g "$socket" "$work/stats" | uniq)" = 65534:65533 ] || fail "not the owner"
stop
