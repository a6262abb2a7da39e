#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# --trace draws one svg element whose elements end where they must, with marks of the faults.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# Says what is wrong with a file's elements, if anything.
check_elements() {
	awk '
	BEGIN { RS = "<"; depth = 0; roots = 0 }
	NR == 1 { if ($0 ~ /[^ \t\n]/) print "text before the first element"; next }
	/^[?!]/ { next }
	!/>/ { print "a tag that does not end: " substr($0, 1, 40); next }
	{
		tag = substr($0, 1, index($0, ">") - 1)
		element = tag
		sub(/[ \t\n\/].*/, "", element)
	}
	/^\// {
		element = substr(tag, 2)
		if (depth == 0 || open[depth] != element)
			print "an end of nothing: " element
		depth--
		next
	}
	{
		if (depth == 0)
			roots++
		if (tag !~ /\/$/)
			open[++depth] = element
	}
	END {
		if (depth != 0)
			print depth " elements that do not end"
		if (roots != 1)
			print roots " elements at the top"
	}' "$1"
}

# The picture of a run with these options; the subpaths of its marks of faults are in $marks.
trace() {
	run --memory 16M --no-kvm --trace "$work/run.svg" "$@"
	expect_success "every page verified"
	grep -q "^traced  *[0-9]* requests: $work/run.svg" "$work/out" || fail "it does not say so"
	wrong=$(check_elements "$work/run.svg")
	[ -z "$wrong" ] || fail "$wrong"
	if command -v xmllint >"$work/lint"; then
		xmllint --noout "$work/run.svg" 2>"$work/lint" || fail "$(cat "$work/lint")"
	fi
	grep -q '<svg ' "$work/run.svg" || fail "no svg element"
	marks=$(awk 'BEGIN { RS = "<" } /^path class="fault"/ { print gsub("M", "") }' \
		"$work/run.svg")
}

trace
[ "${marks:-0}" -gt 100 ] || fail "only ${marks:-0} marks of faults"
# What comes ahead may leave no fault to be marked.
trace --prefetch
grep -q '<path class="prefetch"' "$work/run.svg" || fail "no marks of prefetches"
# Both at once: one recording makes the file and the picture.
trace --record "$work/set"
[ -s "$work/set" ] || fail "nothing was recorded"

run --memory 16M --no-kvm --trace "$work/none/run.svg"
expect_one_line "none/run.svg: No such file or directory"
