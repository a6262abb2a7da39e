#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The server is killed while a VM hands its memory over. Whatever had come of it: the next server has
# the VM, and every page is right, or it says that it has not, and the VM waits. No page is zeros
# because nobody served it.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
seed_and_rounds 10
make_memory 4M
served=0 waited=0
serve_start

# Because of this VM there is always somebody who keeps the socket, and what waits in its queue.
vm_start anchor --threads 1 --pause-at 10
vm_await anchor stopped
for n in $(seq "$rounds"); do
	vm_start one --threads 2 --patience 1
	sleep_at_random 6000
	serve_kill
	serve_start --takeover
	vm_end one
	case $status in
	0)
		served=$((served + 1))
		;;
	3)
		waited=$((waited + 1))
		;;
	*)
		fail "round $n: the VM ended with $status"
		;;
	esac
done
echo "$served served, $waited waited"
vm_say anchor go
vm_verified anchor
serve_stop
await no_holder
