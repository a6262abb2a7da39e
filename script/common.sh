# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# shellcheck shell=sh
# What script/demo and script/test share: installing what is missing, and building.

say() {
	printf '== %s\n' "$*"
}

# A command that needs root: as it is, or through sudo.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

# need PACKAGE 'WHY': notes a Debian package that is not installed.
missing=
need() {
	if dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; then
		return 0
	fi
	printf 'missing: %-22s %s\n' "$1" "$2"
	missing="$missing $1"
}

install_missing() {
	[ -n "$missing" ] || return 0
	say "installing:$missing"
	export DEBIAN_FRONTEND=noninteractive
	as_root apt-get update -q >/dev/null
	# shellcheck disable=SC2086
	as_root apt-get install -y -q --no-install-recommends $missing </dev/null >/dev/null
	missing=
}

# setup DIR [meson options]: a build directory, made or kept.
setup() {
	dir=$1
	shift
	if [ -f "$dir/build.ninja" ]; then
		meson setup --reconfigure "$dir" "$@" >"$dir/setup.log" 2>&1 || { cat "$dir/setup.log"; return 1; }
	else
		mkdir -p "$dir"
		meson setup "$dir" "$@" >"$dir/setup.log" 2>&1 || { cat "$dir/setup.log"; return 1; }
	fi
}

compile() {
	ninja -C "$1" >"$1/compile.log" 2>&1 || { cat "$1/compile.log"; return 1; }
}
