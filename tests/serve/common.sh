# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# shellcheck shell=sh
# Owns: what the tests of uffd-serve's start and end share; the program is the script's first argument,
# a client that sends half a handshake the second.
# Must never: leave a process or a file behind.
set -u

program=$1
half_client=${2:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/uffd-serve-XXXXXX") || exit 1
children=
trap 'for child in $children; do kill -KILL "$child" 2>"$work/kill"; done; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

socket=$work/s
memory=$work/memory
dd if=/dev/urandom of="$memory" bs=64k count=1 2>"$work/dd" || exit 1

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

# The server and its holder are killed: what they leave is sockets that nobody listens on.
kill_both() {
	holder=$(tr -d ' ' <"/proc/$server/task/$server/children")
	kill -KILL "$server" "$holder"
	wait "$server" 2>"$work/kill"
	await no_process "$holder"
}

no_process() {
	! kill -0 "$1" 2>"$work/kill"
}

# Ends it; its exit code is in $status.
stop() {
	kill -TERM "$server"
	status=0
	wait "$server" || status=$?
}

# A client ($2: half-client's) that sends the first $1 bytes of its handshake; it has when this
# returns. $client is its pid.
client_start() {
	mkfifo "$work/client.in"
	: >"$work/client.out"
	# shellcheck disable=SC2086
	"$half_client" "$socket" "$memory" "$1" ${2:-} <>"$work/client.in" >"$work/client.out" 2>"$work/client.err" &
	client=$!
	children="$children $client"
	until grep -q sent "$work/client.out"; do
		kill -0 "$client" 2>"$work/kill" || grep -q sent "$work/client.out" || client_end
	done
}

client_end() {
	status=0
	wait "$client" || status=$?
	[ "$status" -ne 77 ] || skip "$(cat "$work/client.err")"
	rm -f "$work/client.in"
}

# It sends the rest, and finds all of its memory right.
client_goes_on() {
	echo go >"$work/client.in"
	client_end
	[ "$status" -eq 0 ] || fail "the client ended with $status: $(cat "$work/client.err")"
}

# How many process $1 has; 0: that is not to be seen, and then the next two do not wait.
descriptors() {
	find "/proc/$1/fd" -mindepth 1 2>"$work/find" | wc -l
}

# Than $2: somebody has been accepted.
has_more_descriptors() {
	[ "$2" -eq 0 ] || [ "$(descriptors "$1")" -gt "$2" ]
}

# Nothing of a client is left.
has_no_more_descriptors() {
	[ "$(descriptors "$1")" -le "$2" ]
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
