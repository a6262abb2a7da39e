#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A page that was written and never reported is noticed: one line, and exit code 3.
# shellcheck source=dirty-rate-common.sh
. "$(dirname "$0")/dirty-rate-common.sh"

measure_or_skip --size 1M --rate 0 --interval 50 --count 2 --lose 5
[ "$status" -eq 3 ] || fail "exit code $status"
[ "$(wc -l <"$work/err")" -eq 1 ] || fail "not one line on stderr"
grep -q '^dirty-rate: writes were lost: in page 5, which was never reported, and in 0 more$' \
	"$work/err" || fail "it does not say which page"
! grep -q '^every write was reported' "$work/out" || fail "it says that all is well"
