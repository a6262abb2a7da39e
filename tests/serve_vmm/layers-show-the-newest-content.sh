#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A snapshot of a base and two diffs: of each page the newest content, also where regions begin in the
# middle of a diff.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M

# 2 to 4 MiB are right in the older diff only, 4 to 8 in the newer one; elsewhere each page is its
# neighbour's.
for layer in older newer; do
	truncate -s 8M "$work/$layer" || fail "truncate"
done
copy() {
	dd if="$1" of="$2" bs=4096 skip="$3" seek="$4" count="$5" conv=notrunc status=none || fail "dd"
}
copy "$memory" "$work/older" 512 512 512
copy "$memory" "$work/older" 1024 1025 1023
copy "$memory" "$work/newer" 1024 1024 1024
cp "$memory" "$work/base" || fail "cp"
copy "$memory" "$work/base" 512 513 1535
memory=$work/base

serve_start --layers "$work/older,$work/newer"
vm_start one --threads 2 --regions 3 --balloon
vm_verified one
serve_stop
