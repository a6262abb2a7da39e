#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Every handshake that is not what it should be ends its connection, with one line and a metric that
# say why; a VM on the same server goes on.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
make_memory 8M
serve_start --timeout 300

vm_start good --threads 2 --balloon --rounds 100000
await serves 1
before=$(descriptors "$server")

expect_refusal() {
	lines=$(wc -l <"$work/server.err")
	count=$(metric "refused_total{reason=\"$2\"}")
	status=0
	"$BAD_CLIENT" "$socket" "$1" >"$work/client.out" 2>"$work/client.err" || status=$?
	[ "$status" -ne 77 ] || skip "$(cat "$work/client.err")"
	[ "$status" -eq 0 ] || fail "$1: exit code $status"
	await metric_is "refused_total{reason=\"$2\"}" $((count + 1))
	[ "$(wc -l <"$work/server.err")" -eq $((lines + 1)) ] || fail "$1: not one line"
	tail -n 1 "$work/server.err" | grep -q '^uffd-serve: ' || fail "$1: not a line of its own"
	await descriptors_are "$server" "$before"
}

for case in not-json not-an-array not-objects something-behind no-regions text-for-a-number no-number \
	a-field-is-missing negative not-whole beyond-64-bits page-sizes-contradict odd-page-size \
	unaligned too-long; do
	expect_refusal "$case" handshake
done
for case in wraps overlap past-the-file; do
	expect_refusal "$case" regions
done
for case in no-descriptor two-descriptors a-file no-uffdio-api; do
	expect_refusal "$case" descriptor
done
expect_refusal not-registered memory
expect_refusal large-pages-that-are-small memory
expect_refusal says-nothing silent
expect_refusal says-half silent
expect_refusal leaves-at-once closed
expect_refusal leaves-in-the-middle closed

kill -0 "$(vm_pid good)" || fail "the good VM ended"
vm_finish good
metric_is vms_served_total 1 || fail "somebody else was served"
serve_stop
[ "$status" -eq 0 ] || fail "the server ended with $status"
