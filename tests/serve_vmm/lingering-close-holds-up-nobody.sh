#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Clients hand over TCP sockets whose close waits for an hour, and are refused: a VM gets its memory
# meanwhile, others are accepted, and neither the server nor its holder waits with its end.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M
serve_start

for n in 1 2 3; do
	"$BAD_CLIENT" "$socket" lingers >"$work/client$n.out" 2>"$work/client$n.err" &
	children="$children $!"
	await_line "$work/client$n.out" refused $!
	vm_start "vm$n" --threads 2
	vm_verified "vm$n"
done
metric_is 'refused_total{reason="descriptor"}' 3 || fail "they were not refused for their descriptors"
serve_stop
[ "$status" -eq 0 ] || fail "the server ended with $status"
await no_holder
