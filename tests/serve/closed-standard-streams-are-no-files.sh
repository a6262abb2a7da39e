#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Started without standard streams: nothing that is opened becomes one of them, so no line is written
# into a file.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
cp "$memory" "$work/before"
"$program" --socket "$socket" --memory "$memory" <&- >&- 2>&- &
server=$!
children="$children $server"
await [ -S "$socket" ]
for fd in 0 1 2; do
	[ "$(readlink "/proc/$server/fd/$fd")" = /dev/null ] || fail "$fd is $(readlink "/proc/$server/fd/$fd")"
done
stop
[ "$status" -eq 0 ] || fail "exit code $status"
cmp -s "$memory" "$work/before" || fail "the memory file was written to"
