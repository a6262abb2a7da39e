#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# minor-alias shows no mutator an object that has not been moved; every page is compacted once.
. "$(dirname "$0")/common.sh"

"$program" >"$work/out" 2>"$work/err" || fail "exit $?"
grep -q ', 0 wrong objects' "$work/out" || fail 'no verdict'
asked=$(sed -n 's/^.*: \([0-9]*\) compacted because a mutator came.*/\1/p' "$work/out")
rest=$(sed -n 's/^.*, \([0-9]*\) in the background.*/\1/p' "$work/out")
[ "$((asked + rest))" -eq 2048 ] || fail "$asked and $rest pages compacted, not each of 2048 once"
