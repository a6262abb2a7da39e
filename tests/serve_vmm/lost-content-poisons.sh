#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A memory file that is cut off while VMs run: with --on-error poison what was in the rest of it is
# SIGBUS for who touches it, in a thread as in a KVM guest, and never zeros; everything else is right.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M
serve_start --on-error poison --retries 1
truncate -s 4M "$memory" || fail "truncate"

vm_start threads --threads 2 --lost-from 1024
vm_verified threads
grep -q '^verified 1024 pages, lost 1024$' "$work/threads.out" || fail "not the half was lost"
vm_start kvm --vcpus 1 --lost-from 1024 --regions 2
vm_verified kvm
grep -q '^verified 1024 pages, lost 1024$' "$work/kvm.out" || fail "not the half was lost"
await grep -q '"event":"lost"' "$work/server1.out"
serve_stop
