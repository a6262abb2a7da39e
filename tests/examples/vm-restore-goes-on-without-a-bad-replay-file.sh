#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A file that cannot be replayed (damaged, foreign, not there) is one line; the guest runs without.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

run make --no-kvm --memory 16M --snapshot "$work/guest"
run restore --no-kvm --snapshot "$work/guest" --record "$work/good"
expect_success "every page verified"
run make --no-kvm --memory 16M --snapshot "$work/other"

# Restores snapshot $1 with the replay of bad; $2: what the line says.
without() {
	run restore --no-kvm --snapshot "$work/$1" --replay "$work/bad"
	[ "$status" -eq 0 ] || fail "exit code $status"
	[ "$(wc -l <"$work/err")" -eq 1 ] || fail "not one line on stderr"
	grep -q "^$name: $work/bad: $2; going on without it" "$work/err" || fail "not said: $2"
	[ "$(tail -n 1 "$work/out")" = "every page verified" ] || fail "not every page verified"
	grep -q "^by fault: " "$work/out" || fail "it says that something was replayed"
}

without guest "No such file or directory"
mkdir "$work/bad"
without guest "not a regular file"
rmdir "$work/bad"
: >"$work/bad"
without guest "damaged, or not a working set"
head -c 16777216 /dev/urandom >"$work/bad"
without guest "damaged, or not a working set"
head -c 1000 "$work/good" >"$work/bad"
without guest "damaged, or not a working set"
for at in 0 8 60 3000; do
	cp "$work/good" "$work/bad"
	printf '\252\125\252\125' | dd of="$work/bad" bs=1 seek=$at conv=notrunc 2>"$work/dd"
	without guest "damaged, or not a working set"
done
cp "$work/good" "$work/bad"
without other "the working set of another snapshot"
# The right one still is.
run restore --no-kvm --snapshot "$work/guest" --replay "$work/good"
expect_success "every page verified"
# Content that has changed since, even to the same bytes, is another's.
touch "$work/guest.mem"
without guest "the working set of another snapshot"
