#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A newcomer that could not go on finds that out before it asks: the server has not noticed, and its
# VM neither. One that can go on is then yielded to.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 4M
serve_start
vm_start one --threads 1 --storm 20000
await serves 1
echo kept >"$work/file"
ln -s "$work/file" "$work/link"

# Runs the command $2..., a newcomer: it ends with 1, and its last line has $1 in it.
refused() {
	words=$1
	shift
	status=0
	"$@" >"$work/newcomer.out" 2>"$work/newcomer.err" </dev/null || status=$?
	[ "$status" -eq 1 ] || fail "exit code $status of $*"
	[ ! -s "$work/newcomer.out" ] || fail "something on stdout of $*"
	tail -n 1 "$work/newcomer.err" | grep -q "^uffd-serve: .*$words" || fail "not said: $words"
	kill -0 "$server" || fail "the server has ended"
	! grep -q yielding "$work/server1.out" || fail "the server has yielded"
	! grep -q 'without a server' "$work/newcomer.err" || fail "it says that nobody serves"
}

newcomer() {
	"$UFFD_SERVE" --takeover --socket "$socket" --memory "$memory" "$@"
}

with_few_descriptors() (
	# shellcheck disable=SC3045 # of this shell, if not of every one
	ulimit -n 60
	newcomer
)

# Root without what is needed to become somebody else; others cannot anyway.
as_another_user() {
	if [ "$(id -u)" -ne 0 ]; then
		newcomer --user 65534:65534
	else
		setpriv --bounding-set=-setuid "$UFFD_SERVE" --takeover --socket "$socket" \
			--memory "$memory" --user 65534:65534
	fi
}

refused "$work/missing/s: .*No such file" newcomer --stats "$work/missing/s"
refused "$work/file: .*no socket" newcomer --stats "$work/file"
refused "$work/link: .*symbolic link" newcomer --stats "$work/link"
refused "$socket: the limit of open files" with_few_descriptors
if [ "$(id -u)" -ne 0 ] || setpriv --bounding-set=-setuid true 2>"$work/setpriv"; then
	refused 'privileges cannot be dropped' as_another_user
fi
[ -z "$(find "$work" -name '.*')" ] || fail "a newcomer has left something"

old=$server
serve_start --takeover
end_of "$old"
[ "$status" -eq 0 ] || fail "the old server ended with $status"
grep -q '1 VMs are left to the other server' "$work/server1.out" || fail "it does not say to whom"
vm_finish one
serve_stop
await no_holder
