#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Every function that the public headers declare has a page of section 3, or a link to one, and that
# page names it. Usage: every-function-has-a-page.sh INCLUDE_DIR MAN_DIR
set -eu
export LC_ALL=C

include=$1
man=$2

# The name before the first parenthesis of a declaration, which may begin on a later line.
functions=$(awk '
	/^LIBUFFD_API / { declaration = ""; wanted = 1 }
	wanted {
		declaration = declaration " " $0
		if (declaration !~ /\(/)
			next
		sub(/\(.*/, "", declaration)
		sub(/.*[ *]/, "", declaration)
		print declaration
		wanted = 0
	}' "$include"/uffd/*.h)
if [ -z "$functions" ]; then
	echo "$include: no function found" >&2
	exit 1
fi

status=0
for function in $functions; do
	page=$man/$function.3
	if [ -e "$page" ]; then
		target=$(sed -n '1s/^\.so man3\///p' "$page")
		[ -z "$target" ] || page=$man/$target
	fi
	if [ ! -e "$page" ]; then
		echo "$function: no page" >&2
		status=1
	elif ! sed -n '/^\.SH NAME/,/^\.SH LIBRARY/p' "$page" | grep -qw "$function"; then
		echo "$function: $page does not name it" >&2
		status=1
	elif ! sed -n '/^\.SH SYNOPSIS/,/^\.SH DESCRIPTION/p' "$page" | grep -q "$function("; then
		echo "$function: $page does not declare it" >&2
		status=1
	fi
done
exit "$status"
