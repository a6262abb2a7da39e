#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# No room for what was recorded is one line and exit code 1, after the guest has run to its end; the
# file that was there stays as it was, and nothing else is left.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# A mount namespace of its own: a small file system is at $work/full until the program has ended.
mkdir "$work/full"
cat >"$work/in-full" <<END
#!/bin/sh
mount -t tmpfs -o size=64k,huge=never tmpfs "$work/full" || exit 77
echo old >"$work/full/set"
"$program" "\$@"
status=\$?
ls "$work/full" >"$work/left"
cat "$work/full/set" >>"$work/left"
exit \$status
END
chmod 755 "$work/in-full"
namespace='unshare --mount'
[ "$(id -u)" -eq 0 ] || namespace='unshare --user --map-root-user --mount'
$namespace true 2>"$work/err" || skip "no mount namespace of our own"
cat >"$work/$name" <<END
#!/bin/sh
exec $namespace "$work/in-full" "\$@"
END
chmod 755 "$work/$name"

run make --memory 16M --no-kvm --snapshot "$work/guest"
program=$work/$name
for pack in "" --pack; do
	# shellcheck disable=SC2086
	run restore --no-kvm --snapshot "$work/guest" --record "$work/full/set" $pack
	[ "$status" -ne 77 ] || skip "no mount of a tmpfs"
	expect_one_line "full/set: No space left on device"
	grep -q "^every page verified" "$work/out" || fail "the guest did not run to its end"
	[ "$(cat "$work/left")" = "set
old" ] || fail "left behind: $(cat "$work/left")"
done
