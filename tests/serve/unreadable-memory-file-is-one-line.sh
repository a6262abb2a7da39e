#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A memory file that the user may not read.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
chmod 0 "$memory"
if [ "$(id -u)" -eq 0 ]; then
	command -v setpriv >"$work/setpriv" || skip "no setpriv, and root may read everything"
	chmod 777 "$work"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$program" --version >"$work/out" 2>"$work/err" ||
		skip "another user cannot run the program"
	status=0
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$program" --socket "$socket" --memory "$memory" >"$work/out" 2>"$work/err" || status=$?
else
	run --socket "$socket" --memory "$memory"
fi
expect_one_line 1 "$memory: Permission denied"
gone "$socket" || fail "it has begun to listen"
