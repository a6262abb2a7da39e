#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A lock file that others may open, and have locked for good, is refused and stays.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
lock=$work/.s.hold.lock
exec 9>"$lock"
chmod 0666 "$lock"
flock 9 || skip "no flock(1)"
run --socket "$socket" --memory "$memory"
expect_one_line 1 "$socket: the lock file"
[ -e "$lock" ] || fail "it was removed"
gone "$socket" || fail "it has begun to listen"

# One that only this user can open is waited for, but not for ever.
chmod 0600 "$lock"
run --socket "$socket" --memory "$memory"
expect_one_line 1 "$socket: .*lock file"
gone "$socket" || fail "it has begun to listen"

# What a killed server leaves is used again, and then it is gone.
exec 9>&-
start --socket "$socket" --memory "$memory"
[ ! -e "$lock" ] || fail "it is still there"
stop
[ "$status" -eq 0 ] || fail "exit code $status"
await gone "$socket"
