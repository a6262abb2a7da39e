#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# lazy-file gives the bytes that read(2) gives, of a file with data, a hole and an odd end; it says in one
# line why it cannot.
. "$(dirname "$0")/common.sh"

dd if=/dev/urandom of="$work/file" bs=1024 count=3000 2>"$work/err" || fail 'no file'
dd if=/dev/urandom of="$work/file" bs=1 seek=8000000 count=777 conv=notrunc 2>"$work/err" || fail 'no file'
"$program" "$work/file" >"$work/out" 2>"$work/err" || fail "exit $?"
grep -q 'the same bytes as read(2) gives' "$work/out" || fail 'no verdict'
grep -q '^7999488 bytes' "$work/out" || fail 'not the whole pages of the file'

"$program" "$work/none" >"$work/out" 2>"$work/err" && fail 'a missing file was taken'
[ "$(wc -l <"$work/err")" -eq 1 ] || fail 'not one line for a missing file'
