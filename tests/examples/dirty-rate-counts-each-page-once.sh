#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Pages that are written once are reported once, with either method: the table adds up to the writes,
# and has a line for each interval. A collect may meet a page whose write has been noted and not made,
# which is noted again then: one more at most, for the one thread, in each of nine collects.
# shellcheck source=dirty-rate-common.sh
. "$(dirname "$0")/dirty-rate-common.sh"

done=0
reason=

for method in async sync; do
	# One after the other, and at this rate not all of them.
	measure --method "$method" --pattern sequential --size 64M --rate 20000 --interval 50 \
		--count 8 || continue
	expect_success "every write was reported"
	done=$((done + 1))

	head -n 1 "$work/out" | grep -q "$method, sequential" || fail "it does not say how"
	lines=$(grep -c '^ *[0-9]*\.[0-9]' "$work/out")
	[ "$lines" -eq 8 ] || fail "$lines lines of 8 intervals"
	sum=$(awk '/^ *[0-9]*\.[0-9]/ { sum += $2 } / pages more / { sum += $1 } END { print sum }' \
		"$work/out")
	writes=$(sed -n 's/^\([0-9]*\) writes.*/\1/p' "$work/out")
	[ "$writes" -gt 0 ] || fail "nothing was written"
	if [ "$sum" -lt "$writes" ] || [ "$sum" -gt $((writes + 9)) ]; then
		fail "$sum pages reported after $writes writes"
	fi
	grep -q "^$writes writes, pages reported $sum times" "$work/out" || fail "another sum"
done
[ "$done" -gt 0 ] || skip "$reason"
