#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# With a userfaultfd for user mode only no KVM guest runs: a thread does, and it says why.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

[ "$(id -u)" -eq 0 ] || skip "must be root to become nobody"
command -v setpriv >"$work/out" || skip "no setpriv(1)"
cat >"$work/as-nobody" <<END
#!/bin/sh
exec setpriv --reuid 65534 --regid 65534 --clear-groups "$program" "\$@"
END
chmod 755 "$work" "$work/as-nobody"
chmod 777 "$TMPDIR"
setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$program" ||
	skip "nobody may not run $program"
if [ "$(cat /proc/sys/vm/unprivileged_userfaultfd)" != 0 ] ||
	setpriv --reuid 65534 --regid 65534 --clear-groups test -r /dev/userfaultfd; then
	skip "everybody gets a full userfaultfd here"
fi
program=$work/as-nobody
run --memory 16M
expect_success "every page verified"
grep -q "^userfaultfd for user mode only.*: a thread plays the guest" "$work/out" ||
	fail "it does not say why"
expect_no_rest
