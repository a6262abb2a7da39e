#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# remote-memory has as many reads under way as its server takes, and every word is right.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

"$program" >"$work/out" 2>"$work/err" || fail "exit $?"
grep -q '^1024 faults, at most [0-9]* reads at once, 67108864 bytes, 0 wrong words$' "$work/out" ||
	fail 'no verdict'
most=$(sed -n 's/.*at most \([0-9]*\) reads at once.*/\1/p' "$work/out")
# Sixteen threads ask, and the server takes twelve: the others are told that it is busy.
[ "$most" -gt 1 ] || fail 'one read after the other'
[ "$most" -le 12 ] || fail 'more reads than the server takes'
