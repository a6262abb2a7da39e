#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# When the memory server dies the threads that wait for it get SIGBUS, and none hangs.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# Poison is Linux 6.6's; without it who waits goes on waiting.
case $(uname -r) in
[0-5].* | 6.[0-5].* | 6.[0-5]-*) skip "no poison before Linux 6.6" ;;
esac

for answers in 0 1 500; do
	status=0
	"$program" $answers >"$work/out" 2>"$work/err" || status=$?
	expect_one_line 'SIGBUS: a page that nobody can bring'
	[ ! -s "$work/out" ] || fail 'a verdict'
done
