# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# shellcheck shell=sh
# Owns: what the tests of this folder share: VMs, a server for them, and what can be asked of both.
# Must never: leave a process, or a socket that somebody waits at.
#
# The programs are in TEST_VMM, NAIVE_HANDLER, BAD_CLIENT, READ_STATS, FC_CLIENT and UFFD_SERVE.
set -u

work=$(mktemp -d "${TMPDIR:-/tmp}/uffd-serve-XXXXXX") || exit 1
socket=$work/s
stats=$work/stats
memory=$work/memory
children=
servers=0
: >"$work/server.err"

# The holder of a server that was killed ends with the last VM that it holds.
clean_up() {
	for child in $children; do
		kill -KILL "$child" 2>/dev/null
	done
	rm -rf "$work"
}
trap clean_up EXIT

# Waits for process $1; its exit code is in $status. Its number may then be somebody else's.
end_of() {
	status=0
	wait "$1" 2>/dev/null || status=$?
	children=$(echo " $children " | sed "s/ $1 / /")
}

trap 'exit 1' INT TERM HUP

skip() {
	echo "SKIP: $*"
	exit 77
}

fail() {
	echo "FAIL: $*"
	for file in "$work"/*.out "$work"/*.err; do
		echo "--- ${file##*/}"
		tail -n 40 "$file"
	done
	exit 1
}

# Between two looks at what somebody else does: without it this shell takes the CPU that they need.
look_again() {
	sleep 0.005
}

# Returns when a line of file $1 has $2 in it, while process $3 runs.
await_line() {
	until grep -q "$2" "$1"; do
		kill -0 "$3" 2>/dev/null || grep -q "$2" "$1" || fail "$1: it ended without: $2"
		look_again
	done
}

# Returns when the command succeeds; it must within ten seconds.
await() {
	await_until=$(($(date +%s) + 10))
	until "$@"; do
		[ "$(date +%s)" -lt "$await_until" ] || fail "never came: $*"
		look_again
	done
}

# A snapshot's memory of size $1, which VMs have from then on.
make_memory() {
	size=$1
	"$TEST_VMM" make "$memory" --memory "$size" || fail "no snapshot"
}

# ---- VMs: by name; what one says is in NAME.out, and commands go to NAME.in.

vm_start() {
	vm=$1
	shift
	mkfifo "$work/$vm.in"
	: >"$work/$vm.out"
	# Opened for reading and writing: nobody waits for the other side.
	"$TEST_VMM" run "$socket" --memory "$size" "$@" \
		<>"$work/$vm.in" >"$work/$vm.out" 2>"$work/$vm.err" &
	eval "vm_$vm=$!"
	children="$children $!"
}

vm_pid() {
	eval "echo \$vm_$1"
}

vm_say() {
	echo "$2" >"$work/$1.in"
}

# Until VM $1 has said $2.
vm_await() {
	until grep -q "^$2" "$work/$1.out"; do
		if kill -0 "$(vm_pid "$1")" 2>/dev/null; then
			look_again
			continue
		fi
		vm_end "$1"
		grep -q "^$2" "$work/$1.out" || fail "VM $1 ended with $status, without: $2"
		return
	done
}

# Waits for its end; the exit code is in $status.
vm_end() {
	end_of "$(vm_pid "$1")"
	rm -f "$work/$1.in"
	[ "$status" -ne 77 ] || skip "$(cat "$work/$1.err")"
}

# It ends, and every page was right.
vm_verified() {
	vm_end "$1"
	[ "$status" -eq 0 ] || fail "VM $1 ended with $status"
	grep -q "^verified" "$work/$1.out" || fail "VM $1 verified nothing"
	[ ! -s "$work/$1.err" ] || fail "VM $1 complains"
}

# It has come to its end, and every page was right; how long it has waited is told.
vm_finish() {
	vm_say "$1" finish
	vm_verified "$1"
	grep '^longest wait' "$work/$1.out"
}

# ---- the server

serve_supports() {
	[ -n "${UFFD_SERVE:-}" ] || skip "uffd-serve is not built"
}

# Starts uffd-serve and returns when VMs can connect. $server is its pid.
serve_start() {
	serve_supports
	servers=$((servers + 1))
	# Here and not by the child, which may take its time.
	: >"$work/server$servers.out"
	"$UFFD_SERVE" --socket "$socket" --memory "$memory" --stats "$stats" "$@" \
		>"$work/server$servers.out" 2>>"$work/server.err" &
	server=$!
	children="$children $!"
	await_line "$work/server$servers.out" '"event":"listening"' "$server"
}

# It is told to end, and does; the exit code is in $status.
serve_stop() {
	kill -TERM "$server"
	end_of "$server"
}

# The same, of a server that has no VM any more, and nobody had to be told anything.
serve_ends_well() {
	serve_stop
	[ "$status" -eq 0 ] || fail "the server ended with $status"
	await no_holder
	[ ! -s "$work/server.err" ] || fail "a server complains"
}

serve_kill() {
	kill -KILL "$server"
	end_of "$server"
}

# The value of metric $1, with its labels if it has some.
metric() {
	"$READ_STATS" "$stats" >"$work/stats.text" || fail "no metrics"
	sed -n "s/^uffd_serve_$1 //p" "$work/stats.text"
}

metric_is() {
	[ "$(metric "$1")" = "$2" ]
}

# Whether the server has taken $1 VMs: from then on they survive it.
serves() {
	[ "$(grep -c '"event":"serving"' "$work/server$servers.out")" -eq "$1" ]
}

# How many descriptors process $1 has.
descriptors() {
	find "/proc/$1/fd" -mindepth 1 | wc -l
}

descriptors_are() {
	[ "$(descriptors "$1")" -eq "$2" ]
}

# What only a holder that has ended leaves: nothing.
no_holder() {
	[ ! -e "$socket.hold" ]
}

# ---- moments of nobody's choice

# What they come from, and how many rounds there are: $1, if nobody wants another number. Both are
# told.
seed_and_rounds() {
	seed=${UFFD_TEST_SEED:-$(date +%s)}
	rounds=${UFFD_TEST_ROUNDS:-$1}
	echo "seed $seed, $rounds rounds"
}

# Sleeps for a time below $1 microseconds that the test's seed decides.
sleep_at_random() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	sleep "$(printf '0.%06d' $((seed / 65536 % $1)))"
}

# The server is killed at a moment below $1 microseconds from now, and another one goes on, with the
# options $3...: whether it has taken $2 VMs over.
take_over_at_random() {
	vms=$2
	sleep_at_random "$1"
	shift 2
	serve_kill
	serve_start --takeover "$@"
	metric_is vms "$vms"
}
