#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# --takeover where nobody serves, and no VM waits.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
run --socket "$socket" --memory "$memory" --takeover
expect_one_line 1 "$socket: nothing is held there"
gone "$socket" || fail "it has begun to listen"

# Nor does a server that was killed with its holder leave anything.
start --socket "$socket" --memory "$memory"
kill_both
run --socket "$socket" --memory "$memory" --takeover
expect_one_line 1 "$socket: nothing is held there"
