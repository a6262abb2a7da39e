#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Without a count it goes on until a signal comes; then it verifies and draws what it has seen. It does
# not wait for the end of a long interval, or for a slow writer.
# shellcheck source=dirty-rate-common.sh
. "$(dirname "$0")/dirty-rate-common.sh"

measure_or_skip --size 1M --interval 1 --count 1
start_until "    time s" --size 1M --rate 1 --interval 3600000 --count 0 --plot "$work/rate.svg"
kill -TERM "$child"
await_end
expect_success "every write was reported"
grep -q '</svg>' "$work/rate.svg" || fail "no picture"
