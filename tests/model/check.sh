#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#
# Runs spin over pagestate.pml: the rules as they are must verify, over all interleavings, and every
# mistake seeded into them must be found, as the kind of error that it is.
#
#   check.sh		all variants, one line each
#   check.sh NAME	one of them
#   check.sh --list	their names
#
# Exits 77 where spin or gcc is missing. Writes to a temporary directory only.

set -u
LC_ALL=C
export LC_ALL

# name, what is expected, what is defined (each gets its -D).
#   verified		no error: wrong bytes, two owners, a sleeper that nobody wakes
#   lively		no error: no cycle without progress
#   wrong-bytes		mistakes: an assertion about what is read or overwritten fails
#   two-owners		... the assertion about the owner fails
#   hang		... an invalid end state
#   livelock		... a cycle without progress
variants()
{
	cat <<-'END'
	anonymous		verified  PREFETCH
	anonymous-discard	verified  PREFETCH DISCARDS=1 SIGNALS=1
	anonymous-discard-twice	verified  PREFETCH DISCARDS=2
	anonymous-failing	verified  PREFETCH DISCARDS=1 FAILS=1
	anonymous-poison	verified  PREFETCH DISCARDS=1 FAILS=1 POISON
	anonymous-announced	verified  PREFETCH DISCARDS=1 ANNOUNCED SIGNALS=1
	anonymous-demand	verified  DEMAND DISCARDS=1 READS=1
	anonymous-lively	lively    PREFETCH DISCARDS=1 READS=1
	shared-copy		verified  PREFETCH SHARED
	shared-copy-discard	verified  PREFETCH SHARED DISCARDS=1 SIGNALS=1
	shared-copy-discard-twice verified PREFETCH SHARED DISCARDS=2 FAULTERS=1 READS=3
	shared-copy-failing	verified  PREFETCH SHARED DISCARDS=1 FAILS=1
	shared-copy-poison	verified  PREFETCH SHARED DISCARDS=1 FAILS=1 POISON
	shared-copy-announced	verified  PREFETCH SHARED DISCARDS=1 ANNOUNCED FAILS=1 SPILL READS=1
	shared-copy-dontneed	verified  PREFETCH SHARED DISCARDS=1 DONTNEED
	shared-copy-spill	verified  PREFETCH SHARED DISCARDS=1 SPILL COLLAPSE FOREIGN READS=1
	shared-copy-write-zeros	verified  PREFETCH SHARED DISCARDS=1 SPILL WRITE_ZEROS READS=1
	shared-copy-demand	verified  DEMAND SHARED DISCARDS=1 READS=1
	shared-copy-evict	verified  PREFETCH SHARED DISCARDS=1 EVICT READS=1
	shared-copy-lively	lively    PREFETCH SHARED DISCARDS=1 READS=1
	shared-alias		verified  PREFETCH SHARED ALIAS
	shared-alias-discard	verified  PREFETCH SHARED ALIAS DISCARDS=1 SIGNALS=1
	shared-alias-discard-twice verified PREFETCH SHARED ALIAS DISCARDS=2
	shared-alias-failing	verified  PREFETCH SHARED ALIAS DISCARDS=1 FAILS=1
	shared-alias-poison	verified  PREFETCH SHARED ALIAS DISCARDS=1 FAILS=2 POISON READS=1
	shared-alias-announced	verified  PREFETCH SHARED ALIAS DISCARDS=2 ANNOUNCED READS=1
	shared-alias-keep	verified  PREFETCH SHARED ALIAS DISCARDS=2 KEEP
	shared-alias-spill	verified  PREFETCH SHARED ALIAS DISCARDS=1 SPILL COLLAPSE READS=1
	shared-alias-demand	verified  DEMAND SHARED ALIAS DISCARDS=1 READS=1
	shared-alias-demand-poison verified DEMAND PREFETCH SHARED ALIAS FAULTERS=1 FAILS=2 POISON
	shared-alias-evict	verified  PREFETCH SHARED ALIAS EVICT
	shared-alias-lively	lively    PREFETCH SHARED ALIAS DISCARDS=1 READS=1
	poison-lively		lively    PREFETCH SHARED DISCARDS=1 FAILS=1 POISON FAULTERS=1
	demand-lively		lively    DEMAND PREFETCH SHARED ALIAS FAILS=1 FAULTERS=1
	wrong-continue-on-empty	wrong-bytes WRONG_CONTINUE_EMPTY PREFETCH SHARED SPILL
	wrong-continue-on-half	wrong-bytes WRONG_CONTINUE_EMPTY PREFETCH SHARED ALIAS FAILS=1
	wrong-publish-waiters	hang      WRONG_PUBLISH_WAITERS PREFETCH SHARED ALIAS
	wrong-continue-after	wrong-bytes WRONG_CONTINUE_AFTER PREFETCH SHARED ALIAS EVICT
	wrong-bare-wake		livelock  WRONG_BARE_WAKE PREFETCH SHARED DISCARDS=1 READS=1
	wrong-bare-wake-anonymous livelock WRONG_BARE_WAKE PREFETCH DISCARDS=1 ANNOUNCED READS=1
	wrong-ungated-look	wrong-bytes WRONG_UNGATED_LOOK PREFETCH DISCARDS=1
	wrong-no-gate-announced	wrong-bytes WRONG_NO_GATE PREFETCH DISCARDS=1 ANNOUNCED
	wrong-no-second-look	wrong-bytes WRONG_NO_SECOND_LOOK PREFETCH SHARED ALIAS DISCARDS=1
	wrong-source-discarded	wrong-bytes WRONG_SOURCE_DISCARDED PREFETCH DISCARDS=1
	wrong-drop-on-busy	hang      WRONG_DROP_BUSY PREFETCH SHARED ALIAS
	wrong-eexist-no-wake	hang      WRONG_EEXIST_NO_WAKE PREFETCH SHARED ALIAS COLLAPSE
	wrong-give-up-no-wake	hang      WRONG_GIVE_UP_NO_WAKE PREFETCH FAILS=1
	wrong-wait-gated	hang      WRONG_WAIT_GATED PREFETCH DISCARDS=1
	wrong-spin-unread	livelock  WRONG_SPIN_UNREAD PREFETCH DISCARDS=1 READS=1
	wrong-event-late	wrong-bytes WRONG_EVENT_LATE PREFETCH DISCARDS=1
	wrong-claim-no-cas	two-owners WRONG_CLAIM_NO_CAS PREFETCH
	wrong-map-found		wrong-bytes WRONG_MAP_FOUND PREFETCH SHARED SPILL
	wrong-ungated-overwrite	wrong-bytes WRONG_UNGATED_OVERWRITE PREFETCH SHARED SPILL DISCARDS=1
	wrong-map-looks		wrong-bytes WRONG_MAP_LOOKS PREFETCH SHARED DISCARDS=1
	wrong-zeros-by-write	wrong-bytes WRITE_ZEROS PREFETCH SHARED DISCARDS=1 FOREIGN
	wrong-take-after	hang      WRONG_TAKE_AFTER PREFETCH DISCARDS=1
	wrong-not-given-back	hang      WRONG_NOT_GIVEN_BACK PREFETCH SHARED ALIAS DISCARDS=1
	wrong-abandon-complete	wrong-bytes WRONG_ABANDON PREFETCH SHARED ALIAS FAILS=1 DISCARDS=1
	wrong-poison-wake	livelock  WRONG_POISON_WAKE PREFETCH FAILS=1 POISON
	wrong-demand-no-wake	hang      WRONG_DEMAND_NO_WAKE DEMAND
	wrong-demand-uncounted	hang      WRONG_DEMAND_UNCOUNTED DEMAND
	wrong-evict-empty	wrong-bytes WRONG_EVICT_EMPTY PREFETCH SHARED ALIAS EVICT
	wrong-evict-discarded	wrong-bytes WRONG_EVICT_DISCARDED PREFETCH SHARED EVICT DISCARDS=1
	END
}

# What kind of error pan found, from its output.
found()
{
	case $(sed -n 's/^pan:[0-9]*: //p' pan.out | head -n 1) in
	*'owners=='*) echo two-owners ;;
	'assertion violated'*) echo wrong-bytes ;;
	'invalid end state'*) echo hang ;;
	'non-progress cycle'*) echo livelock ;;
	*) echo nothing ;;
	esac
}

# A search that was cut short proves nothing.
searched_all()
{
	grep -q 'errors: 0$' pan.out &&
		! grep -Eq 'Search not completed|max search depth too small|out of memory' pan.out
}

states()
{
	sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' pan.out | head -n 1
}

fail()
{
	echo "not ok $1: $2 (defined: $3)"
	return 1
}

# name, expectation, definitions...: in a subshell of its own, in $dir.
check()
(
	name=$1 expect=$2
	shift 2
	defined=$*
	for word do
		shift
		set -- "$@" "-D$word"
	done

	# Compiling costs more than most searches: optimise where there is much to search.
	case $expect:$defined in
	verified:*DISCARDS*|lively:*DISCARDS*) optimise=-Og ;;
	*) optimise=-O0 ;;
	esac
	case $expect in
	lively|livelock) search=-DNP flags=-l ;;
	*) search=-DSAFETY flags= ;;
	esac

	mkdir "$dir/$name" && cd "$dir/$name" || exit 1
	if ! spin -a "$@" "$model" >spin.out 2>&1 || ! test -e pan.c; then
		cat spin.out
		fail "$name" 'spin refuses the model' "$defined"
		exit
	fi
	if ! gcc -w $optimise $search -DMEMLIM=1500 -o pan pan.c >gcc.out 2>&1; then
		cat gcc.out
		fail "$name" 'gcc refuses what spin has made' "$defined"
		exit
	fi
	# shellcheck disable=SC2086
	./pan -m20000 -w22 $flags >pan.out 2>&1

	case $expect in
	verified|lively)
		if ! searched_all; then
			test "$(found)" = nothing && tail -n 5 pan.out
			fail "$name" "$(sed -n 's/^pan:[0-9]*: //p' pan.out | head -n 1)" "$defined"
			exit
		fi
		echo "ok $name: $expect, $(states) states"
		;;
	*)
		if test "$(found)" != "$expect"; then
			fail "$name" "$expect expected, $(found) found" "$defined"
			exit
		fi
		echo "ok $name: $expect found, after $(states) states"
		;;
	esac
)

here=$(cd "$(dirname "$0")" && pwd) || exit 1
model=$here/pagestate.pml

if test "${1-}" = --list; then
	variants | while read -r name _; do
		echo "$name"
	done
	exit 0
fi

for tool in spin gcc; do
	if ! command -v "$tool" >/dev/null 2>&1; then
		echo "skipped: no $tool"
		exit 77
	fi
done

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

variants >"$dir/variants"
result=0
known=false
while read -r name rest <&3; do
	if test $# -gt 0 && test "$name" != "$1"; then
		continue
	fi
	known=true
	# shellcheck disable=SC2086
	check "$name" $rest || result=1
	rm -rf "${dir:?}/$name"
done 3<"$dir/variants"

if ! $known; then
	echo "no such variant: $1" >&2
	exit 2
fi
exit $result
