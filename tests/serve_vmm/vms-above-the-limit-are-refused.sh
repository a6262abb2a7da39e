#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# With --max-vms 2 a third VM waits, or is refused: it gets no zeros, and the two notice nothing.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M
serve_start --max-vms 2

for name in one two; do
	vm_start "$name" --threads 1 --balloon --rounds 100000
done
await serves 2
vm_start three --threads 1 --patience 1
vm_end three
[ "$status" -eq 3 ] || fail "the third VM ended with $status"
for name in one two; do
	vm_finish "$name"
done
serve_stop
