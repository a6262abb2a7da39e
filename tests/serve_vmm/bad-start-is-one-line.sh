#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A server that cannot start says why in one line, with what it is about, and ends with 1; what was
# in its way stays there.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
serve_supports
make_memory 8M

# $1: what the line is about; then options
expect_line() {
	about=$1
	shift
	status=0
	"$UFFD_SERVE" "$@" >"$work/start.out" 2>"$work/start.err" </dev/null || status=$?
	[ "$status" -eq 1 ] || fail "$about: exit code $status"
	[ "$(wc -l <"$work/start.err")" -eq 1 ] || fail "$about: not one line"
	grep -qF "uffd-serve: $about: " "$work/start.err" || fail "$about: it is not named"
	[ ! -e "$socket.hold" ] || fail "$about: a holder was left"
}

expect_line "$work/none" --socket "$socket" --memory "$work/none"
expect_line "$work" --socket "$socket" --memory "$work"
: >"$work/empty"
expect_line "$work/empty" --socket "$socket" --memory "$work/empty"
if [ "$(id -u)" -ne 0 ]; then
	cp "$memory" "$work/unreadable" && chmod 0 "$work/unreadable"
	expect_line "$work/unreadable" --socket "$socket" --memory "$work/unreadable"
fi

echo mine >"$work/file"
expect_line "$work/file" --socket "$work/file" --memory "$memory"
[ "$(cat "$work/file")" = mine ] || fail "the file in its way is not as it was"
ln -s "$work/elsewhere" "$work/link"
expect_line "$work/link" --socket "$work/link" --memory "$memory"
[ "$(readlink "$work/link")" = "$work/elsewhere" ] || fail "the symlink is not as it was"
[ ! -e "$work/elsewhere" ] || fail "it followed the symlink"
long=$work/$(printf '%0120d' 0)
expect_line "$long" --socket "$long" --memory "$memory"
expect_line "$socket" --socket "$socket" --memory "$memory" --takeover

serve_start
status=0
"$UFFD_SERVE" --socket "$socket" --memory "$memory" >"$work/start.out" 2>"$work/start.err" || status=$?
[ "$status" -eq 1 ] || fail "a second server on the socket: exit code $status"
[ "$(wc -l <"$work/start.err")" -eq 1 ] || fail "a second server on the socket: not one line"
metric_is vms 0 || fail "the first server does not answer any more"
serve_stop
