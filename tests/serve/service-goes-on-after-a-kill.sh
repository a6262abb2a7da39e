#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Under a service manager that keeps its descriptors, with a socket unit and without: killed with a
# VM that waits, with half a handshake, with nobody, it is started again, and goes on each time; no
# holder is made.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
manager=${3:-}
[ -n "$manager" ] || skip "it is built without libsystemd"

# Until it is ready once more; $server is the program's pid.
ready() {
	readies=$((readies + 1))
	await lines_are "$readies" '^ready'
	server=$(sed -n 's/^started //p' "$work/out" | tail -n 1)
}

lines_are() {
	[ "$(grep -c "$2" "$work/out")" -eq "$1" ]
}

# More of them than the $1 there were.
has_more_lines() {
	[ "$(grep -c "$2" "$work/out")" -gt "$1" ]
}

# $1: the manager's socket, $2: how much is stored at the end; the rest: the program's own options.
service() {
	unit=$1
	left=$2
	shift 2
	: >"$work/out"
	"$manager" "$unit" "$work/notify" "$program" --memory "$memory" "$@" >"$work/out" 2>"$work/err" </dev/null &
	service=$!
	children="$children $service"
	readies=0
	ready
	for cut in 60 0 100; do
		before=$(grep -c '^keeps' "$work/out")
		client_start "$cut"
		await has_more_lines "$before" '^keeps'
		kill -KILL "$server"
		ready
		client_goes_on
	done

	# All of it has been sent, and none of the memory touched: it is served by the next one.
	before=$(grep -c '"event":"serving"' "$work/out")
	client_start 1000
	await has_more_lines "$before" '"event":"serving"'
	kill -KILL "$server"
	ready
	await grep -q '"event":"taken-over","vm"' "$work/out"
	client_goes_on
	[ ! -e "$socket.hold" ] || fail "there is a holder"
	kill -KILL "$server"
	ready
	kill -TERM "$service"
	status=0
	wait "$service" || status=$?
	[ "$status" -eq 0 ] || fail "exit code $status"
	# The socket and the name of the content stay, or that alone; and nothing of a VM.
	grep -q "^stored $left\$" "$work/out" || fail "something else is stored"
	[ ! -s "$work/err" ] || fail "something on stderr"
	rm -f "$socket" "$work/notify"
}

service "$socket" 2
service - 1 --socket "$socket"
