#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# However often metrics are asked for, a VM is measured every 100 ms at most: of a VM that faults all
# the time no more different counts are seen than there are tenths of a second in which they came.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M
serve_start

milliseconds() {
	date +%s%3N
}

vm_start busy --threads 1 --balloon --rounds 1000000
await serves 1
for round in 1 2 3; do
	begun=$(milliseconds)
	"$READ_STATS" "$stats" 200 >"$work/many.text" || fail "no metrics"
	# One was measured before, and one as it began.
	most=$((($(milliseconds) - begun) / 100 + 2))
	seen=$(sed -n 's/^uffd_serve_vm_faults_total{.*} //p' "$work/many.text" | sort -u | wc -l)
	[ "$seen" -ge 1 ] || fail "round $round: no count"
	[ "$seen" -le "$most" ] || fail "round $round: measured $seen times, and not $most"
done

# What it says is not older than that either.
faults() {
	"$READ_STATS" "$stats" | sed -n 's/^uffd_serve_vm_faults_total{.*} //p'
}
moves_on() {
	[ "$(faults)" -gt "$1" ]
}
await moves_on "$(faults)"
vm_finish busy
serve_stop
