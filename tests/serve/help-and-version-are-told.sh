#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# --help and --version are printed, whatever else is asked for, and nothing is served.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
run --help
[ "$status" -eq 0 ] && [ ! -s "$work/err" ] || fail "--help failed"
# Every option that it is built with.
for option in socket memory layers workingset record hydrate hugepages on-error stats takeover user owner \
	mode max-vms timeout retries direct help version; do
	grep -q -- "--$option" "$work/out" || fail "--help does not tell of --$option"
done

run --socket "$socket" --version
[ "$status" -eq 0 ] && [ ! -s "$work/err" ] || fail "--version failed"
grep -Eq '^uffd-serve [0-9]+\.[0-9]+\.[0-9]+$' "$work/out" || fail "no version"

# What cannot be printed is an error.
status=0
"$program" --help >/dev/full 2>"$work/err" || status=$?
: >"$work/out"
expect_one_line 1 'standard output'
gone "$socket" || fail "something was served"
