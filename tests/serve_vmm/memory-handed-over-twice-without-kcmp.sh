#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Where a seccomp filter refuses kcmp(2), a userfaultfd that is handed over twice is known by its
# process and its regions; another VM, with regions of its own, is served.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
serve_supports
make_memory 8M
status=0
"$WITHOUT_KCMP" "$TEST_VMM" make "$work/other" --memory 4096 2>"$work/filter.err" || status=$?
[ "$status" -ne 77 ] || skip "$(cat "$work/filter.err")"
[ "$status" -eq 0 ] || fail "no program can be run without kcmp(2)"

cat >"$work/serve" <<end
#!/bin/sh
exec "$WITHOUT_KCMP" "$UFFD_SERVE" "\$@"
end
chmod +x "$work/serve"
UFFD_SERVE=$work/serve
serve_start --on-error kill

vm_start other --threads 1 --rounds 100000
await serves 1
vm_start twice --threads 3 --storm 4 --regions 3 --twice
vm_verified twice
await metric_is 'refused_total{reason="descriptor"}' 1
grep -q 'it is served already$' "$work/server.err" || fail "not a word"
vm_finish other
metric_is vms_served_total 2 || fail "not both were served once"
metric_is vms_killed_total 0 || fail "somebody was killed"
serve_stop
[ "$status" -eq 0 ] || fail "the server ended with $status"
