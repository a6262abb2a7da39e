#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# own-loop answers every fault from an epoll loop that has other work too.
. "$(dirname "$0")/common.sh"

"$program" >"$work/out" 2>"$work/err" || fail "exit $?"
grep -q 'in one loop, 0 wrong pages' "$work/out" || fail 'no verdict'
