#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# Every public header compiles alone, as C99, C11 and C++17, without a warning.
# Arguments: the directory of the headers, that of the generated ones, the C compiler.
headers=$1
generated=$2
shift 2
warnings='-Wall -Wextra -Wpedantic -Werror -fsyntax-only'

try() { # a header, its language, then the compiler and its flags
	header=$1 language=$2
	shift 2
	# Twice: it guards itself. The macro shows that nothing of ours is needed before it.
	printf '#include <%s>\n#include <%s>\nint main(void) { return 0; }\n' "$header" "$header" |
		"$@" $warnings -I"$headers" -I"$generated" -x "$language" - || {
		echo "FAIL: $header with $*"
		exit 1
	}
}

cxx=
for c in "${CXX:-}" c++ g++ clang++; do
	if [ -n "$c" ] && echo 'int main() {}' | $c -x c++ -fsyntax-only - 2>/dev/null; then
		cxx=$c
		break
	fi
done

n=0
for path in "$headers"/uffd.h "$headers"/uffd/*.h "$generated"/uffd/*.h; do
	[ -e "$path" ] || continue
	case $path in
	*/uffd/*) header=uffd/${path##*/} ;;
	*) header=${path##*/} ;;
	esac
	try "$header" c "$@" -std=c99
	try "$header" c "$@" -std=c11
	[ -z "$cxx" ] || try "$header" c++ $cxx -std=c++17
	n=$((n + 1))
done
[ $n -ge 9 ] || {
	echo "FAIL: only $n headers in $headers"
	exit 1
}
if [ -z "$cxx" ]; then
	echo "SKIP: C was fine, and there is no C++ compiler"
	exit 77
fi
