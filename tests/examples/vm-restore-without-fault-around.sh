#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Page by page is as right as in runs: no fault claims more than its own page.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

run --memory 16M --fault-around "$(getconf PAGESIZE)"
expect_success "every page verified"
grep -q "fault-around 0," "$work/out" || fail "pages came by fault-around"
expect_no_rest
