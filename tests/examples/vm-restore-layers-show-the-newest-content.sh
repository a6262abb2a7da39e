#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A base and two diffs over it restore as one: of every page the newest content, also where that is
# zeros; and layers that were not made one over the other are refused.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

made() {
	[ "$status" -eq 0 ] || fail "exit code $status"
}

base=$work/base one=$work/one two=$work/two
for guest in --no-kvm --memory=16M; do
	run make --memory 16M --snapshot "$base" "$guest"
	made
	run make --layers "$base" --snapshot "$one" "$guest"
	made
	run make --layers "$base,$one" --snapshot "$two" "$guest"
	made
	for layers in "$base" "$base,$one" "$base,$one,$two"; do
		run restore --layers "$layers" "$guest"
		expect_success "every page verified"
	done
	grep -q "^by fault, 3 layers: " "$work/out" || fail "the report does not say so"
	# Only what has changed is in a diff.
	for diff in "$one" "$two"; do
		kib=$(du -k "$diff.mem" | cut -f 1)
		[ "$kib" -gt 500 ] || fail "no content in $diff.mem"
		[ "$kib" -lt 5000 ] || fail "$kib KiB in $diff.mem"
	done
done

# Every other way of bringing brings the same.
run restore --layers "$base,$one,$two" --prefetch --direct
[ "$status" -eq 0 ] || fail "exit code $status"
run restore --layers "$base,$one,$two" --record "$work/set" --pack
expect_success "every page verified"
run restore --layers "$base,$one,$two" --replay "$work/set"
expect_success "every page verified"
grep -q "^by fault, replayed, 3 layers: " "$work/out" || fail "it was not replayed"
# What was recorded over other layers is another snapshot's.
run restore --layers "$base,$one" --replay "$work/set"
[ "$status" -eq 0 ] || fail "exit code $status"
grep -q "another snapshot; going on without it" "$work/err" || fail "replayed over other layers"

refused() {
	run restore --layers "$1"
	expect_one_line "$2"
}
refused "$base,$two" "two.state: not made over the layer before it"
refused "$base,$two,$one" "two.state: not made over the layer before it"
refused "$one,$two" "one.state: a diff: it wants the layers below it"
refused "$base,$one,$work/three" "three.state: No such file or directory"
run restore --snapshot "$one"
expect_one_line "one.state: a diff: it wants the layers below it"
run make --memory 16M --snapshot "$work/other" --no-kvm
made
refused "$work/other,$one,$two" "one.state: a snapshot of another guest than the base"

# The diffs count: without the content of one the guest finds pages of the layer below.
: >"$one.mem"
truncate -s 16M "$one.mem"
refused "$base,$one,$two" "page [0-9]* is wrong at byte 0"
