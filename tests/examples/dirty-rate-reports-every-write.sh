#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Every write of several threads is reported, with each method, on each type of memory, in each
# pattern, and also where it is written as fast as possible.
# shellcheck source=dirty-rate-common.sh
. "$(dirname "$0")/dirty-rate-common.sh"

done=0
reason=

verified() {
	if measure --size 16M --threads 3 --interval 50 --count 3 "$@"; then
		expect_success "every write was reported"
		done=$((done + 1))
	fi
}

for method in async sync; do
	for memory in anon memfd hugetlb; do
		verified --method "$method" --memory "$memory" --pattern random --rate 50000
	done
	for pattern in sequential hot; do
		verified --method "$method" --pattern "$pattern" --rate 50000
	done
	verified --method "$method" --rate 0 --interval 5 --count 20
	# More threads than pages.
	verified --method "$method" --rate 0 --size 16K --threads 5 --pattern sequential
done
[ "$done" -gt 0 ] || skip "$reason"
