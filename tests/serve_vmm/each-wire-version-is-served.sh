#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The messages of Firecracker 1.1, 1.7 and 1.12, in one piece and byte by byte; 1.1 and 1.7 close
# their socket at once.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M
serve_start

for wire in 1.1 1.7 1.12; do
	for split in '' --split; do
		# shellcheck disable=SC2086
		vm_start one --threads 2 --wire "$wire" --regions 3 $split
		vm_verified one
	done
	vm_start one --threads 2 --wire "$wire" --no-remove
	vm_verified one
done
await metric_is vms_ended_total 9
metric_is vms_served_total 9 || fail "not nine VMs"
serve_stop
[ "$status" -eq 0 ] || fail "the server ended with $status"
