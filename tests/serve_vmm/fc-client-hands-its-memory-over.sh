#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The example of the sending side finds the file's content in its memory, and zeros where it threw
# pages away; with huge pages, too, where the machine has some.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
[ -n "${FC_CLIENT:-}" ] || skip "the examples are not built"
make_memory 8M
serve_start

expect_bytes() {
	"$FC_CLIENT" "$socket" "$memory" "$@" >"$work/client.out" 2>"$work/client.err" ||
		fail "exit code $?"
	grep -q '^8388608 bytes' "$work/client.out" || fail "not all of it"
}

if ! "$FC_CLIENT" "$socket" "$memory" >"$work/client.out" 2>"$work/client.err"; then
	grep -q '^fc-client: userfaultfd:' "$work/client.err" && skip "$(cat "$work/client.err")"
	fail "it does not work"
fi
expect_bytes
free=/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages
if [ -r "$free" ] && [ "$(cat "$free")" -ge 4 ]; then
	expect_bytes --huge
fi
await metric_is vms 0

# What it cannot do is one line.
"$FC_CLIENT" "$work/nobody" "$memory" >"$work/client.out" 2>"$work/client.err" &&
	fail "it went on without a server"
[ "$(wc -l <"$work/client.err")" -eq 1 ] || fail "not one line"
serve_stop
