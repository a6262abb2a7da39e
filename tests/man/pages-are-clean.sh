#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# No page gives a warning, links and references lead to a page, and every page is installed.
# Usage: pages-are-clean.sh MAN_DIR
set -eu
export LC_ALL=C

man=$1

if command -v mandoc >/dev/null; then
	lint() { mandoc -T lint -W warning "$1"; }
elif command -v groff >/dev/null; then
	lint() { groff -man -ww -z "$1"; }
else
	echo "neither mandoc nor groff is installed"
	exit 77
fi

status=0
complain()
{
	echo "$1" >&2
	status=1
}

for page in "$man"/*.[0-9]; do
	name=${page##*/}
	grep -q "'$name'" "$man/meson.build" || complain "$name: not in man/meson.build"

	target=$(sed -n '1s/^\.so man[0-9]\///p' "$page")
	if [ -n "$target" ]; then
		[ -e "$man/$target" ] || complain "$name: links to $target, which is no page"
		[ "$(wc -l <"$page")" -eq 1 ] || complain "$name: a link has one line"
		continue
	fi

	warnings=$(lint "$page" 2>&1) || :
	[ -z "$warnings" ] || complain "$warnings"

	references=$(sed -e 's/\\f[BIRP]//g' -e 's/\\%//g' -e 's/\\-/-/g' -e 's/ (\([1-9]\))/(\1)/g' "$page" |
		tr ' ' '\n' | sed -n 's/^(*\(uffd[a-z_-]*\)(\([137]\)).*/\1.\2/p' | sort -u)
	for reference in $references; do
		[ -e "$man/$reference" ] || complain "$name: refers to $reference, which is no page"
	done
done
exit "$status"
