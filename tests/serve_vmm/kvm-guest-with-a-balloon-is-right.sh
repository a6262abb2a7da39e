#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A KVM guest of several regions, with a balloon that throws away what it likes: every page is what
# it must be, in the guest and in the host.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 16M
serve_start

vm_start one --vcpus 2 --balloon --regions 5
vm_verified one
vm_start one --vcpus 1 --balloon --wire 1.7
vm_verified one
serve_stop
