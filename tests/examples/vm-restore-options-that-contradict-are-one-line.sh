#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Options that make no sense, alone or together, are refused with one line before anything is done.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

refused() {
	line=$1
	shift
	run --no-kvm --memory 1M "$@"
	expect_one_line "$line"
	[ ! -s "$work/out" ] || fail "something was done"
	expect_no_rest
}

refused "--record: not with --prefetch or --replay" --record "$work/a" --replay "$work/b"
refused "--record: not with --prefetch or --replay" --record "$work/a" --prefetch
refused "--pack: wants --record FILE" --pack
refused "--snapshot and --layers: are for make and restore" --layers "$work/a"
refused "restore: wants --snapshot PATH, or --layers" restore
refused "restore: wants --snapshot PATH, or --layers" restore --snapshot "$work/a" --layers "$work/a"
refused "make: wants --snapshot PATH" make --layers "$work/a"
refused "make: --prefetch, .* are for restore" make --snapshot "$work/a" --record "$work/b"
refused "--layers: 64 at most" restore --layers "$(printf 'a,%.0s' $(seq 64))"
refused "a.state: No such file or directory" restore --layers "$work/a,$work/b"
