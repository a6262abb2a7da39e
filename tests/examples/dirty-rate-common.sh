# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# shellcheck shell=sh
# Owns: what the tests of dirty-rate share; the program is the script's first argument.
# Must never: leave anything behind.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# Runs the program. False, with the reason in $reason: this kernel or machine cannot do it.
measure() {
	run "$@"
	[ "$status" -eq 1 ] || return 0
	reason=$(grep -E -m 1 ': uffd_(region_add|dirty_start): Operation not supported|huge pages' \
		"$work/err") || return 0
	return 1
}

# The same, where the whole test needs it.
measure_or_skip() {
	measure "$@" || skip "$reason"
}
