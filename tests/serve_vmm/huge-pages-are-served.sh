#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Memory of huge pages: a balloon's ranges need not be aligned to them. With --hugepages a VM of
# small pages is refused.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 32M
serve_start --hugepages

vm_start one --page-size 2M --threads 3 --regions 3 --balloon --rounds 100
vm_verified one
vm_start one --page-size 2M --vcpus 1 --wire 1.7 --storm 5
vm_verified one

vm_start small --threads 1 --patience 1
await metric_is 'refused_total{reason="regions"}' 1
# It keeps its descriptor, so it has waited, and found no zeros.
vm_end small
[ "$status" -eq 3 ] || fail "the VM that was refused ended with $status"
serve_stop
