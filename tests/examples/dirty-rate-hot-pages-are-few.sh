#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# With --pattern hot nine writes of ten meet the same tenth of the pages, so that fewer are dirty than
# with --pattern random at the same rate.
# shellcheck source=dirty-rate-common.sh
. "$(dirname "$0")/dirty-rate-common.sh"

# The reports for each hundred writes are in $share.
reports_of() {
	measure_or_skip --pattern "$1" --size 16M --rate 40000 --interval 100 --count 4
	expect_success "every write was reported"
	share=$(awk '/ writes, pages reported / { print int($5 * 100 / $1) }' "$work/out")
	[ -n "$share" ] || fail "it does not tell"
}

reports_of random
random=$share
reports_of hot
[ "$share" -lt "$random" ] || fail "$share reports for 100 writes; at random $random"
