#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# No room for a snapshot is one line and exit code 1. The guest runs on, nothing of the snapshot is
# left, and what a diff was to save is in the next one.
# shellcheck source=vm-snapshot-live-common.sh
. "$(dirname "$0")/vm-snapshot-live-common.sh"

# A mount namespace of its own: a small file system is at $work/full until the program has ended.
mkdir "$work/full"
cat >"$work/in-full" <<END
#!/bin/sh
mount -t tmpfs -o size=1m,huge=never tmpfs "$work/full" || exit 77
"$program" "\$@"
status=\$?
ls "$work/full" >"$work/left"
exit \$status
END
chmod 755 "$work/in-full"
namespace='unshare --mount'
[ "$(id -u)" -eq 0 ] || namespace='unshare --user --map-root-user --mount'
$namespace true 2>"$work/err" || skip "no mount namespace of our own"
mkdir "$work/bin"
cat >"$work/bin/$name" <<END
#!/bin/sh
exec $namespace "$work/in-full" "\$@"
END
chmod 755 "$work/bin/$name"

# Runs it there with the options $2 ..., and looks whether the guest has gone on; $1: the file.
on_full_disk() {
	file=$1
	shift
	program=$work/bin/$name
	run --size 8M "$@"
	[ "$status" -ne 77 ] || skip "no mount of a tmpfs"
	expect_one_line "full/$file.mem: No space left on device"
	grep -q "^the guest has counted to " "$work/out" || fail "the guest did not run on"
	[ ! -s "$work/left" ] || fail "left behind: $(cat "$work/left")"
}

restore=$(dirname "$program")/vm-restore
for guest in --no-kvm --poller=auto; do
	on_full_disk base "$guest" --out "$work/full/base"
	on_full_disk diff "$guest" --out "$work/base" --incremental "$work/full/diff" \
		--incremental "$work/next"
	grep -q "^diff: $work/next.mem: " "$work/out" || fail "no other diff after it"
	"$restore" restore --layers "$work/base,$work/next" >"$work/out" 2>"$work/err" ||
		fail "the next diff does not have what the first was to save"
done
