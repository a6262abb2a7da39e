#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# The shared library exports what the version script lists, which is what the headers declare.
# Arguments: the shared library, the version script, its headers.
library=$1
script=$2
shift 2

command -v nm >/dev/null || {
	echo "SKIP: no nm"
	exit 77
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Symbols of the version itself are absolute (A).
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
	sort >"$dir/exported"
sed -n '/global:/,/local:/s/^[[:space:]]*\([a-z_0-9]*\);.*/\1/p' "$script" | sort >"$dir/listed"
cat "$@" | grep -v '^#' | tr '\n' ' ' |
	grep -o 'LIBUFFD_API [^;(]*(' |
	sed 's/.*[ *]\(uffd_[a-z0-9_]*\)($/\1/' | sort >"$dir/declared"

[ "$(wc -l <"$dir/listed")" -ge 10 ] || {
	echo "FAIL: could not read $script"
	exit 1
}
status=0
diff -u "$dir/listed" "$dir/exported" || {
	echo "FAIL: the library does not export what is listed"
	status=1
}
diff -u "$dir/declared" "$dir/listed" || {
	echo "FAIL: the headers do not declare what is listed"
	status=1
}
exit $status
