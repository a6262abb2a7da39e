#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# What a server has left that was killed with its holder does not keep the next one from its path.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
start --socket "$socket" --memory "$memory" --stats "$work/stats"
kill_both
[ -S "$socket" ] && [ -S "$socket.hold" ] && [ -S "$work/stats" ] || fail "the test is none: no socket was left"
start --socket "$socket" --memory "$memory" --stats "$work/stats"
[ -S "$socket" ] && [ -S "$work/stats" ] || fail "no socket"
stop
[ "$status" -eq 0 ] || fail "exit code $status"
