# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# shellcheck shell=sh
# Owns: what the tests of examples share; the program is the script's first argument.
# Must never: leave anything behind.
set -u

program=$1
name=$(basename "$program")
work=$(mktemp -d "${TMPDIR:-/tmp}/uffd-example-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
mkdir "$work/tmp"
# Where the programs put what they throw away again.
TMPDIR=$work/tmp
export TMPDIR

skip() {
	echo "SKIP: $*"
	exit 77
}

fail() {
	echo "FAIL: $*"
	echo "--- stdout"
	cat "$work/out"
	echo "--- stderr"
	cat "$work/err"
	exit 1
}

# Runs the program; its output is in $work/out and $work/err, its exit code in $status.
run() {
	status=0
	"$program" --poller "${UFFD_TEST_POLLER:-auto}" "$@" >"$work/out" 2>"$work/err" ||
		status=$?
	if grep -q "^$name: userfaultfd:" "$work/err"; then
		skip "no userfaultfd: $(head -n 1 "$work/err")"
	fi
	if [ "${UFFD_TEST_POLLER:-}" = io_uring ] && grep -q "^$name: uffd_loop_start:" "$work/err"; then
		skip "no io_uring: $(head -n 1 "$work/err")"
	fi
}

# Starts the program and returns as soon as a line of its output begins with $1. A run before it has
# to have shown that the program can run here.
start_until() {
	line=$1
	shift
	# Here and not by the child, which may take its time: old lines are none of this run's.
	: >"$work/out"
	"$program" --poller "${UFFD_TEST_POLLER:-auto}" "$@" >"$work/out" 2>"$work/err" &
	child=$!
	until grep -q "^$line" "$work/out"; do
		kill -0 "$child" 2>"$work/kill" || fail "it ended on its own"
	done
}

# Waits for it; its exit code is in $status.
await_end() {
	status=0
	wait "$child" || status=$?
}

# The last run ended well and its last line is $1.
expect_success() {
	[ "$status" -eq 0 ] || fail "exit code $status"
	[ ! -s "$work/err" ] || fail "something on stderr"
	[ "$(tail -n 1 "$work/out")" = "$1" ] || fail "the last line is not: $1"
}

# The last run ended with exit code 1 and one line on stderr that has $1 in it.
expect_one_line() {
	[ "$status" -eq 1 ] || fail "exit code $status"
	[ "$(wc -l <"$work/err")" -eq 1 ] || fail "not one line on stderr"
	grep -q "^$name: .*$1" "$work/err" || fail "the line does not say: $1"
}

# The program has cleaned up after itself.
expect_no_rest() {
	[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
}
