#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The VM of the tests is no use if it does not see what is wrong: a page that has its neighbour's
# content, a page that was thrown away and has the snapshot's, and one that never comes.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M

# Serves one VM, with mistake $1 or "none".
naive_start() {
	rm -f "$socket"
	: >"$work/naive.out"
	"$NAIVE_HANDLER" "$socket" "$memory" "$1" >"$work/naive.out" 2>"$work/naive.err" &
	naive=$!
	children="$children $naive"
	await_line "$work/naive.out" '^listening' "$naive"
}

naive_stop() {
	kill -KILL "$naive"
	end_of "$naive"
}

# $1: the mistake, $2: the exit code, $3: what is said; then options of the VM
expect_end() {
	mistake=$1 expected=$2 line=$3
	shift 3
	naive_start "$mistake"
	vm_start one --threads 2 "$@"
	vm_end one
	code=$status
	naive_stop
	[ "$code" -eq "$expected" ] || fail "$mistake: exit code $code, not $expected"
	tail -n 1 "$work/one.out" | grep -q "$line" || fail "$mistake: it does not say: $line"
}

expect_end none 0 '^longest wait' --storm 2 --regions 3
expect_end neighbour 1 "^WRONG page \([0-9]*\): has page [0-9]*'s content"
expect_end forgetful 1 "^WRONG page \([0-9]*\): has page \1's content" --storm 2
expect_end silent 3 '^HUNG page' --patience 1
