#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# usage: a-subproject-provides-the-dependency.sh SOURCE
# A project that has libuffd as a subproject gets it by dependency('libuffd').
set -eu
source=$1
command -v meson >/dev/null || { echo "SKIP: no meson"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

mkdir "$dir/subprojects"
ln -s "$source" "$dir/subprojects/libuffd"
cat >"$dir/meson.build" <<'PROJECT'
project('user', 'c', version: '1', meson_version: '>= 0.61')
uffd = dependency('libuffd', fallback: 'libuffd',
  default_options: ['tests=disabled', 'man=disabled', 'examples=disabled', 'bench=disabled', 'tools=disabled'])
test('runs', executable('user', 'user.c', dependencies: uffd))
PROJECT
cat >"$dir/user.c" <<'PROGRAM'
#include <uffd.h>

int main(void)
{
	return uffd_version() != LIBUFFD_VERSION;
}
PROGRAM
{
	meson setup "$dir/build" "$dir" --wrap-mode=forcefallback && meson test -C "$dir/build" user:
} >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
