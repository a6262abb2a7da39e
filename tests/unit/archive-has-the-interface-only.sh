#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# A program that links libuffd.a meets the names of the interface, and no other: one of its own with the
# name of an internal function would take that one's place.
archive=$1
script=$2

command -v nm >/dev/null || exit 77
has=$(nm "$archive" | awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }' | sort)
wants=$(sed -n 's/^[[:space:]]*\(uffd_[a-z0-9_]*\);.*/\1/p' "$script" | sort)
[ -n "$wants" ] || exit 1
[ "$has" = "$wants" ] && exit 0
echo "the archive defines:"
echo "$has"
echo "the interface is:"
echo "$wants"
exit 1
