#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# --plot draws a bar for each interval that has written pages; the picture stays small however many
# there are.
# shellcheck source=dirty-rate-common.sh
. "$(dirname "$0")/dirty-rate-common.sh"

plot() {
	measure_or_skip --size 4M --plot "$work/rate.svg" "$@"
	expect_success "every write was reported"
	if command -v xmllint >"$work/lint"; then
		xmllint --noout "$work/rate.svg" 2>"$work/lint" || fail "$(cat "$work/lint")"
	fi
	[ "$(grep -c '<svg ' "$work/rate.svg")" -eq 1 ] || fail "not one svg element"
	[ "$(grep -c '</svg>' "$work/rate.svg")" -eq 1 ] || fail "it does not end"
	bars=$(awk 'BEGIN { RS = "<" } /^rect class="s0"/ { n++ } END { print n + 0 }' \
		"$work/rate.svg")
}

plot --rate 0 --interval 50 --count 8
lines=$(grep -c '^ *[0-9]*\.[0-9]* *[1-9]' "$work/out")
# On a busy machine one interval may end so soon after another that they are one bar.
if [ "$bars" -gt "$lines" ] || [ "$bars" -lt $((lines - 2)) ]; then
	fail "$bars bars of $lines intervals with written pages"
fi
[ "$bars" -gt 0 ] || fail "no bars"
plot --rate 10000 --interval 1 --count 1500
[ "$bars" -gt 100 ] || fail "only $bars bars"
[ "$bars" -lt 1000 ] || fail "$bars bars in less than 1000 pixels"
