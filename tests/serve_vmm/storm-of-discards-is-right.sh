#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Every page thrown away and touched again at random, over and over, while the rest comes in the
# background: zeros, what the guest has written since, or the snapshot, and never another.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 16M
serve_start --hydrate

vm_start kvm --vcpus 1 --storm 2 --regions 3
vm_start threads --threads 3 --storm 6 --regions 6
vm_verified kvm
vm_verified threads
serve_stop
