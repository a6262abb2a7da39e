#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Every page of section 3 has an example, and every program in a page of sections 3 and 7 compiles
# without a warning. Usage: examples-compile.sh MAN_DIR INCLUDE_DIR... -- CC [ARG...]
set -eu
export LC_ALL=C

man=$1
shift
includes=
while [ "$1" != -- ]; do
	includes="$includes
-I$1"
	shift
done
shift

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

set -f
IFS='
'
# shellcheck disable=SC2086 # one word a line
set -- "$@" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror $includes -fsyntax-only
unset IFS
set +f

# A block between .EX and .EE that has a main() becomes a file; its #line names the page.
# shellcheck disable=SC2016 # the dollars are awk's
extract='
function fail(what)
{
	printf "%s:%d: %s\n", FILENAME, FNR, what > "/dev/stderr"
	failed = 1
}
function unescape(line,	parts, n, i, plain)
{
	gsub(/\\e|\\\(rs/, "\001", line)
	gsub(/\\&|\\%|\\f[BIRP]/, "", line)
	gsub(/\\-/, "-", line)
	gsub(/\\\(aq/, "\047", line)
	gsub(/\\\(dq/, "\"", line)
	gsub(/\\\(ga/, "`", line)
	gsub(/\\\(ha/, "^", line)
	gsub(/\\\(ti/, "~", line)
	if (line ~ /\\/)
		fail("an escape that this test does not know: " line)
	n = split(line, parts, "\001")
	plain = parts[1]
	for (i = 2; i <= n; i++)
		plain = plain "\\" parts[i]
	return plain
}
FNR == 1 {
	page = FILENAME
	sub(/.*\//, "", page)
	blocks = 0
	inside = 0
}
/^\.EX/ {
	inside = 1
	program = 0
	text = "#line " FNR + 1 " \"" page "\"\n"
	next
}
/^\.EE/ {
	if (inside && program) {
		file = dir "/" page "-" ++blocks ".c"
		printf "%s", text > file
		close(file)
	}
	inside = 0
	next
}
inside && /^[.\047]/ {
	fail("a request inside an example")
	next
}
inside {
	line = unescape($0)
	if (line ~ /int main/)
		program = 1
	text = text line "\n"
}
END {
	if (inside)
		fail(".EX without .EE")
	exit failed
}'

status=0
for page in "$man"/*.3 "$man"/*.7; do
	case $(head -n 1 "$page") in
	.so*) continue ;;
	esac
	awk -v dir="$dir" "$extract" "$page" || status=1
	case $page in
	*.3)
		if [ ! -e "$dir/${page##*/}-1.c" ]; then
			echo "$page: no example with a main()" >&2
			status=1
		fi
		;;
	esac
done

"$@" "$dir"/*.c || status=1
exit "$status"
