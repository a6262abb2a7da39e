#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A read of the memory file does not end while the server is told to stop. What it brings could still
# be put into the VM's memory, so nothing of the VM is given away before the process is gone: it ends
# with that thread, and says why it takes so long. The next server goes on with the VM.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
serve_supports
make_memory 8M
cat >"$work/serve" <<end
#!/bin/sh
# It need not come after a sanitizer, which refuses that otherwise.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0"
exec env LD_PRELOAD="$HANGING_READS" HANG="$work/hang" "$UFFD_SERVE" "\$@"
end
chmod +x "$work/serve"
UFFD_SERVE=$work/serve
serve_start

: >"$work/hang"
vm_start one --threads 1 --patience 60
await test -e "$work/hang.begun"
kill -TERM "$server"
await_line "$work/server.err" 'its reads do not end' "$server"
# One that comes now gets nothing of it before that process is gone.
rm "$work/hang"
old=$server
serve_start --takeover
[ ! -e "$work/hang.left" ] || fail "the server has ended as if nothing were under way"
# It may be waited for already.
! sed 's/.*) //' "/proc/$old/stat" 2>/dev/null | grep -qv '^Z' || fail "there are two servers"
end_of "$old"
[ "$status" -eq 0 ] || fail "the server ended with $status"
vm_verified one
serve_stop
await no_holder
