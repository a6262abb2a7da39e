#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A snapshot that is not whole is refused with one line and exit code 1.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

run make --no-kvm --memory 4M --snapshot "$work/good"
[ "$status" -eq 0 ] || fail "exit code $status"

# A fresh copy to spoil.
copy() {
	cp "$work/good.mem" "$work/bad.mem"
	cp "$work/good.state" "$work/bad.state"
}

# Restores the spoilt copy; $1: what the line says.
refused() {
	run restore --no-kvm --snapshot "$work/bad"
	expect_one_line "$1"
}

copy
truncate -s -4096 "$work/bad.mem"
refused "bad.mem: truncated"
copy
truncate -s +4096 "$work/bad.mem"
refused "bad.mem: too long"
copy
truncate -s -1 "$work/bad.state"
refused "bad.state: truncated"
copy
truncate -s 4 "$work/bad.state"
refused "bad.state: truncated"
copy
: >"$work/bad.state"
refused "bad.state: truncated"
copy
echo >>"$work/bad.state"
refused "bad.state: damaged"
copy
printf X | dd of="$work/bad.state" bs=1 conv=notrunc 2>"$work/dd"
refused "bad.state: not a snapshot: wrong magic"
copy
printf '\377' | dd of="$work/bad.state" bs=1 seek=8 conv=notrunc 2>"$work/dd"
refused "bad.state: a snapshot of another version"
copy
printf '\377' | dd of="$work/bad.state" bs=1 seek=24 conv=notrunc 2>"$work/dd"
refused "bad.state: damaged: wrong checksum"
copy
rm "$work/bad.mem"
refused "bad.mem: No such file or directory"
copy
rm "$work/bad.state"
refused "bad.state: No such file or directory"

# One page of another content: the guest itself finds it.
copy
dd if=/dev/urandom of="$work/bad.mem" bs=4096 seek=1000 count=1 conv=notrunc 2>"$work/dd"
refused "page 1000 is wrong at byte 0"
