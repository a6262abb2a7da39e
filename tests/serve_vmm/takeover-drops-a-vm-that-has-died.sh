#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The server is killed, and then one of its VMs: the next server goes on with the other one, and
# nothing is kept of the first.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 16M
serve_start

vm_start one --threads 2 --storm 100000
vm_start other --threads 2 --storm 100000
vm_await one ready
await serves 2
serve_kill
kill -KILL "$(vm_pid one)"
vm_end one
serve_start --takeover
await metric_is vms 1
vm_finish other
await metric_is vms 0
serve_stop
await no_holder

# Nothing is left where the last VM dies between two servers.
serve_start
vm_start one --threads 2 --storm 100000
await serves 1
serve_kill
kill -KILL "$(vm_pid one)"
vm_end one
serve_start --takeover
metric_is vms 0 || fail "a VM that has died is served"
serve_stop
await no_holder
