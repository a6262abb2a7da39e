#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# What is missing, is no value of its option, or contradicts another is one line and exit code 2.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# The line has $1 in it; the rest is the command line.
refuses() {
	says=$1
	shift
	run "$@"
	expect_one_line 2 "$says"
	gone "$socket" || fail "it has begun to listen"
}
# What it would be right with.
right() {
	says=$1
	shift
	refuses "$says" --socket "$socket" --memory "$memory" "$@"
}

# getopt_long(3) says why, by the program's whole name.
expect_getopt() {
	[ "$status" -eq 2 ] || fail "exit code $status"
	[ "$(wc -l <"$work/err")" -eq 1 ] || fail "not one line on stderr"
	gone "$socket" || fail "it has begun to listen"
}

refuses '--memory: is missing' --socket "$socket"
refuses '--socket: is missing' --memory "$memory"
refuses '--memory: the name is empty' --socket "$socket" --memory ''
right 'guest.mem: takes options only' guest.mem
right '--record: wants --workingset' --record
right '--record: not with --hydrate' --record --workingset "$work/ws" --hydrate
right '--stats: is the same as --socket' --stats "$socket"
right '--on-error: wants' --on-error retry
right '--layers: a name is empty' --layers one,,two
right '--layers: too many' --layers "$(seq -s, 1 64)"
for number in '' -1 0 1x 4097 99999999999999999999; do
	right '--max-vms: wants a number from 1 to 4096' --max-vms "$number"
done
right '--timeout: wants a number' --timeout 0
right '--retries: wants a number' --retries 1001
for mode in '' 8 888 1000 rw -1; do
	right '--mode: wants an octal number' --mode "$mode"
done
right '--user: no such user' --user nobody-has-this-name
right '--owner: no such user' --owner nobody-has-this-name
right '--user: wants USER' --user ''
run --socket "$socket" --memory "$memory" --frobnicate
expect_getopt
run --socket "$socket" --memory "$memory" --stats
expect_getopt
