# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# shellcheck shell=sh
# Owns: what the tests of uffd-serve's start and end share; the program is the script's first argument.
# Must never: leave a process or a file behind.
set -u

program=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/uffd-serve-XXXXXX") || exit 1
children=
trap 'for child in $children; do kill -KILL "$child" 2>"$work/kill"; done; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

socket=$work/s
memory=$work/memory
# What is in it no test here looks at.
dd if=/dev/zero of="$memory" bs=64k count=1 2>"$work/dd" || exit 1

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

# Runs the program to its end; its output is in $work/out and $work/err, its exit code in $status.
run() {
	status=0
	"$program" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}

# It has not begun to serve: exit code $1, and one line on standard error that has $2 in it.
expect_one_line() {
	[ "$status" -eq "$1" ] || fail "exit code $status"
	[ ! -s "$work/out" ] || fail "something on stdout"
	[ "$(wc -l <"$work/err")" -eq 1 ] || fail "not one line on stderr"
	grep -q "^uffd-serve: .*$2" "$work/err" || fail "the line does not say: $2"
}

# Starts a server and returns when it listens. $server is its pid.
start() {
	: >"$work/out"
	"$program" "$@" >"$work/out" 2>"$work/err" </dev/null &
	server=$!
	children="$children $server"
	until grep -q '"event":"listening"' "$work/out"; do
		kill -0 "$server" 2>"$work/kill" || fail "it ended on its own"
	done
}

# Ends it; its exit code is in $status.
stop() {
	kill -TERM "$server"
	status=0
	wait "$server" || status=$?
}

# Returns as soon as the command succeeds; it must within ten seconds.
await() {
	await_until=$(($(date +%s) + 10))
	until "$@"; do
		[ "$(date +%s)" -lt "$await_until" ] || fail "never came: $*"
	done
}

# No socket at path $1, nor a holder's.
gone() {
	[ ! -e "$1" ] && [ ! -e "$1.hold" ]
}
