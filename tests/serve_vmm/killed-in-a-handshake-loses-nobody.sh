#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Servers are killed at random moments while VMs hand their memory over, also those without any VM:
# whatever had come of a handshake, the next server has the VM, and every page is right.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
seed_and_rounds 12
make_memory 1M
serve_start
for n in $(seq "$rounds"); do
	vm_start one --threads 1 --wire 1.12
	sleep_at_random 3000
	vm_start two --threads 1 --wire 1.7 --regions 2
	vm_start three --threads 1 --wire 1.1 --regions 3
	sleep_at_random 6000
	serve_kill
	# Nobody listens meanwhile, and still somebody connects.
	vm_start four --threads 1
	sleep_at_random 3000
	serve_start --takeover
	for name in one two three four; do
		vm_verified $name
	done
done
await metric_is vms 0
serve_ends_well
