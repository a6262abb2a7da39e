#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# archive.sh INTERNAL.a OUTPUT.a DIRECTORY COMPILER...: one object of all those in INTERNAL.a, in which
# every hidden name is local, as the only member of OUTPUT.a.
set -eu
internal=$1
output=$2
directory=$3
shift 3
object=$directory/$(basename "$output" .a).o
mkdir -p "$directory"
"$@" -r -nostdlib -o "$object" -Wl,--whole-archive "$internal" -Wl,--no-whole-archive
objcopy --localize-hidden "$object"
rm -f "$output"
ar rcs "$output" "$object"
