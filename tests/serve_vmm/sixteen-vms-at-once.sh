#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Sixteen VMs with one server, each with a balloon of its own.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M
serve_start

names='a b c d e f g h i j k l m n o p'
for name in $names; do
	vm_start "$name" --threads 1 --balloon --regions 2 --pause-at 100 --patience 30
done
for name in $names; do
	vm_await "$name" stopped
done
metric_is vms 16 || fail "not sixteen VMs at once"
for name in $names; do
	vm_say "$name" go
done
for name in $names; do
	vm_verified "$name"
done
await metric_is vms_ended_total 16
await metric_is vms 0
serve_stop
[ "$status" -eq 0 ] || fail "the server ended with $status"
await no_holder
