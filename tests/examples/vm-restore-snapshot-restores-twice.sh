#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Making and restoring are separate steps, and a snapshot is good for more than one restore.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

run make --memory 64M --snapshot "$work/guest"
[ "$status" -eq 0 ] || fail "exit code $status"
cp "$work/guest.state" "$work/before.state"
cp --sparse=always "$work/guest.mem" "$work/before.mem"

run restore --snapshot "$work/guest"
expect_success "every page verified"
run restore --snapshot "$work/guest"
expect_success "every page verified"
# Whoever made the snapshot, a thread can go on with it.
run restore --no-kvm --snapshot "$work/guest"
expect_success "every page verified"

cmp "$work/guest.state" "$work/before.state" || fail "restoring changed the state"
cmp "$work/guest.mem" "$work/before.mem" || fail "restoring changed the memory file"
# The file is sparse: a third of the pages is zero.
[ "$(du -k "$work/guest.mem" | cut -f 1)" -lt 55000 ] || fail "no holes in the memory file"
