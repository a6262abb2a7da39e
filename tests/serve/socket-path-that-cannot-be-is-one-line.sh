#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A socket's path whose directory is missing, that is too long, or where something else is: one line
# that names it, and what is there stays.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# Path $1 is refused, for VMMs and for metrics, in a line that has $2 in it.
refused() {
	run --socket "$1" --memory "$memory"
	expect_one_line 1 "$1: .*$2"
	run --socket "$socket" --memory "$memory" --stats "$1"
	expect_one_line 1 "$1: .*$2"
	await gone "$socket"
}

refused "$work/missing/s" 'No such file or directory'
refused "$memory/s" 'Not a directory'
refused "$work/$(printf '%0150d' 0)" 'at most'

echo kept >"$work/file"
refused "$work/file" 'exists\|is there\|not a socket'
[ "$(cat "$work/file")" = kept ] || fail "the file was touched"

ln -s "$work/file" "$work/link"
refused "$work/link" 'symlink\|symbolic link'
[ "$(readlink "$work/link")" = "$work/file" ] || fail "the link was touched"
ln -s "$work/nothing" "$work/dangling"
refused "$work/dangling" 'symlink\|symbolic link'
[ ! -e "$work/nothing" ] || fail "the link was followed"

mkdir "$work/directory"
refused "$work/directory" 'exists\|is there\|not a socket'
[ -d "$work/directory" ] || fail "the directory was touched"
