#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A memory file that is missing, empty, or not a file: one line that names it, and no socket.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
mkdir "$work/directory"
: >"$work/empty"
mkfifo "$work/fifo"

# File $1 is refused, as a memory file and as a layer, in these words: $2.
refused() {
	run --socket "$socket" --memory "$1"
	expect_one_line 1 "$1: $2"
	run --socket "$socket" --memory "$memory" --layers "$1"
	expect_one_line 1 "$1: $2"
	gone "$socket" || fail "it has begun to listen"
}

refused "$work/missing" 'No such file or directory'
refused "$work/directory" 'is a directory'
refused "$work/empty" 'is empty'
refused "$work/fifo" 'is not a regular file'
refused /dev/null 'is not a regular file'
refused "$memory/below" 'Not a directory'

# A diff is not longer than what it is over.
cat "$memory" "$memory" >"$work/longer"
run --socket "$socket" --memory "$memory" --layers "$memory,$work/longer"
expect_one_line 1 "$work/longer: is longer than the memory file"
