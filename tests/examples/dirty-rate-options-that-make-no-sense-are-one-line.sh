#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Options that make no sense are refused with one line before anything is done, and --help says what
# there is.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

refused() {
	line=$1
	shift
	run --interval 1 --count 1 "$@"
	expect_one_line "$line"
	[ ! -s "$work/out" ] || fail "something was done"
}

refused "--pattern: sequential, random or hot" --pattern cold
refused "--memory: anon, memfd or hugetlb" --memory disk
refused "--method: auto, async or sync" --method magic
refused "--rate: a number from 0 to 1000000000" --rate -1
refused "--threads: a number from 1 to 256" --threads 0
refused "--interval: a number from 1 to 3600000" --interval 0
refused "--count: a number from 0" --count 1x
refused "--size: bytes, such as 256M" --size 0
refused "--size: whole pages of [0-9]* bytes" --size 1000
refused "--poller: auto, io_uring or poll" --poller epoll
refused "now: options only; see --help" now

run --help
[ "$status" -eq 0 ] || fail "exit code $status"
for option in pattern rate threads size memory method interval count plot poller lose help; do
	grep -q -- "--$option" "$work/out" || fail "--help does not tell of --$option"
done

run --size 1M --interval 1 --count 1 --plot "$work/none/rate.svg"
[ "$status" -eq 1 ] || fail "exit code $status"
