#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#
# Runs spin over pagestate.pml and writes.pml: the rules as they are must verify, over all
# interleavings, and every mistake seeded into them must be found, as the kind of error that it is.
#
#   check.sh		all variants, one line each
#   check.sh NAME	one of them
#   check.sh --list	their names
#
# Exits 77 where spin or gcc is missing. Writes to a temporary directory only.

set -u
LC_ALL=C
export LC_ALL

# The model, then: name, what is expected, what is defined (each gets its -D).
#   verified		no error: wrong bytes, two owners, a sleeper that nobody wakes
#   lively		no error: no cycle without progress
#   wrong-bytes		mistakes: an assertion about what is read or overwritten fails
#   two-owners		... the assertion about the owner fails
#   lost-write		... the one about what was collected
#   torn		... the one about what a snapshot saves
#   false-alarm		... the one about what ends a snapshot
#   hang		... an invalid end state
#   livelock		... a cycle without progress
variants()
{
	sed 's/^/pagestate /' <<-'END'
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
	takeover		verified  TAKEOVER PREFETCH
	takeover-discard	verified  TAKEOVER PREFETCH DISCARDS=1 FAULTERS=1
	takeover-discard-twice	verified  TAKEOVER DISCARDS=2 READS=1
	takeover-lively		lively    TAKEOVER DISCARDS=1 READS=1
	wrong-disown-cached	wrong-bytes WRONG_DISOWN_CACHED TAKEOVER PREFETCH
	wrong-no-journal	wrong-bytes WRONG_NO_JOURNAL TAKEOVER DISCARDS=1
	wrong-journal-early	wrong-bytes WRONG_JOURNAL_EARLY TAKEOVER DISCARDS=1
	wrong-no-wake-after	hang      WRONG_NO_WAKE_AFTER TAKEOVER
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
	sed 's/^/writes /' <<-'END'
	tracked			verified  TRACK COLLECTS=2 WRITES=3
	tracked-installed	verified  TRACK MISSING RESTART
	tracked-discard		verified  TRACK DISCARD ASKED COLLECTS=2
	tracked-discard-careful	verified  TRACK DISCARD CAREFUL COLLECTS=2 WRITES=3
	tracked-discard-missing	verified  TRACK DISCARD MISSING COLLECTS=2 WRITERS=1
	tracked-event		verified  TRACK DISCARD EVENT ASKED
	tracked-lively		lively    TRACK MISSING
	snapshot		verified  SNAPSHOT WRITES=3
	snapshot-cancelled	verified  SNAPSHOT CANCEL WRITES=3
	snapshot-regions	verified  SNAPSHOT REGIONS CANCEL WRITES=3
	snapshot-installed	verified  SNAPSHOT MISSING
	snapshot-discard	verified  SNAPSHOT DISCARD
	snapshot-discard-careful verified SNAPSHOT DISCARD CAREFUL
	snapshot-discard-missing verified SNAPSHOT DISCARD MISSING WRITERS=1
	snapshot-event		verified  SNAPSHOT DISCARD EVENT
	snapshot-lively		lively    SNAPSHOT CANCEL DISCARD EVENT WRITERS=1
	snapshot-tracked	verified  TRACK SNAPSHOT
	snapshot-tracked-cancelled verified TRACK RESTART SNAPSHOT CANCEL WRITERS=1 WRITES=3
	snapshot-tracked-regions verified TRACK SNAPSHOT REGIONS CANCEL WRITERS=1
	snapshot-tracked-installed verified TRACK SNAPSHOT MISSING WRITERS=1
	snapshot-tracked-discard verified TRACK SNAPSHOT DISCARD ASKED WRITERS=1 WRITES=1
	snapshot-tracked-event	verified  TRACK SNAPSHOT DISCARD EVENT ASKED WRITERS=1 WRITES=1
	snapshot-tracked-lively	lively    TRACK SNAPSHOT WRITERS=1
	snapshot-incremental	verified  INCREMENTAL
	snapshot-incremental-regions verified INCREMENTAL REGIONS CANCEL WRITERS=1
	snapshot-incremental-discard verified INCREMENTAL DISCARD ASKED WRITERS=1 WRITES=1
	snapshot-incremental-careful verified INCREMENTAL DISCARD CAREFUL WRITERS=1
	snapshot-incremental-missing verified INCREMENTAL DISCARD MISSING WRITERS=1 WRITES=1 COLLECTS=0
	wrong-lift-unlocked	lost-write WRONG_LIFT_UNLOCKED TRACK
	wrong-lift-clean	lost-write WRONG_LIFT_CLEAN TRACK SNAPSHOT WRITERS=1
	wrong-lift-all-blind	false-alarm WRONG_LIFT_ALL_BLIND TRACK RESTART SNAPSHOT WRITERS=1
	wrong-collect-unlocked	lost-write WRONG_COLLECT_UNLOCKED TRACK COLLECTS=2 WRITES=3
	wrong-install-open	lost-write WRONG_INSTALL_OPEN TRACK MISSING
	wrong-install-open-saved torn     WRONG_INSTALL_OPEN SNAPSHOT MISSING
	wrong-install-unwaited	lost-write WRONG_INSTALL_UNWAITED TRACK MISSING
	wrong-install-unwaited-saved torn WRONG_INSTALL_UNWAITED SNAPSHOT MISSING
	wrong-install-one-counter lost-write WRONG_ONE_COUNTER TRACK MISSING RESTART
	wrong-install-looks-first lost-write WRONG_LOOK_FIRST TRACK MISSING
	wrong-discard-careless	lost-write TRACK DISCARD COLLECTS=2
	wrong-discard-once	lost-write WRONG_DISCARD_ONCE TRACK DISCARD CAREFUL
	wrong-discard-once-closed lost-write WRONG_ONCE_CLOSED TRACK DISCARD CAREFUL COLLECTS=2
	wrong-discard-twice	lost-write WRONG_DISCARD_TWICE TRACK DISCARD MISSING COLLECTS=2 WRITERS=1
	wrong-start-between	lost-write WRONG_START_BETWEEN TRACK DISCARD MISSING WRITERS=1
	wrong-instant-ungated	false-alarm WRONG_INSTANT_UNGATED SNAPSHOT DISCARD MISSING WRITERS=1
	wrong-discard-closed	false-alarm WRONG_DISCARD_CLOSED SNAPSHOT DISCARD CAREFUL
	wrong-held-answered	torn      WRONG_HELD_ANSWERED SNAPSHOT MISSING
	wrong-held-one-by-one	torn      WRONG_ONE_BY_ONE INCREMENTAL REGIONS WRITERS=1
	wrong-held-no-wake	hang      WRONG_NO_WAKE TRACK SNAPSHOT WRITERS=1
	wrong-held-wake-first	hang      WRONG_WAKE_FIRST TRACK SNAPSHOT WRITERS=1
	wrong-pending-late	torn      WRONG_PENDING_LATE SNAPSHOT MISSING
	wrong-pending-protected	torn WRONG_PROTECT_PENDING TRACK SNAPSHOT DISCARD ASKED WRITERS=1
	wrong-release-early	torn      WRONG_RELEASE_EARLY SNAPSHOT
	wrong-saved-unasked	torn      WRONG_SAVED_UNASKED SNAPSHOT DISCARD
	wrong-found-unlocked	false-alarm WRONG_FOUND_UNLOCKED INCREMENTAL DISCARD ASKED WRITERS=1
	wrong-found-clean	torn      WRONG_FOUND_CLEAN INCREMENTAL DISCARD ASKED WRITERS=1
	wrong-unasked-after	torn      WRONG_UNASKED_AFTER INCREMENTAL DISCARD ASKED WRITERS=1
	wrong-gap		torn      WRONG_GAP INCREMENTAL DISCARD ASKED WRITERS=1
	wrong-taken-open	lost-write WRONG_TAKEN_OPEN INCREMENTAL DISCARD ASKED WRITERS=1
	wrong-taken-kept	lost-write WRONG_TAKEN_KEPT TRACK SNAPSHOT CANCEL WRITERS=1
	wrong-not-wanted	hang      WRONG_NOT_WANTED TRACK SNAPSHOT WRITERS=1
	wrong-wanted-wake	livelock  WRONG_WANTED_WAKE SNAPSHOT
	wrong-leave-asleep	hang      WRONG_LEAVE_ASLEEP SNAPSHOT DISCARD EVENT WRITERS=1
	wrong-leave-asleep-tracked hang   WRONG_LEAVE_ASLEEP TRACK SNAPSHOT CANCEL WRITERS=1
	END
}

# What kind of error pan found, from its output.
found()
{
	case $(sed -n 's/^pan:[0-9]*: //p' pan.out | head -n 1) in
	*'owners=='*) echo two-owners ;;
	*'have['*) echo lost-write ;;
	*torn*|*lacks*) echo torn ;;
	*gone*) echo false-alarm ;;
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

# model, name, expectation, definitions...: in a subshell of its own, in $dir.
check()
(
	model=$1 name=$2 expect=$3
	shift 3
	defined=$*
	for word do
		shift
		set -- "$@" "-D$word"
	done

	# Compiling costs more than most searches: optimise where there is much to search.
	case $expect:$defined in
	verified:*DISCARD*|lively:*DISCARD*|verified:*SNAPSHOT*|verified:INCR*) optimise=-Og ;;
	*) optimise=-O0 ;;
	esac
	case $expect in
	lively|livelock) search=-DNP flags=-l ;;
	*) search=-DSAFETY flags= ;;
	esac

	mkdir "$dir/$name" && cd "$dir/$name" || exit 1
	if ! spin -a "$@" "$here/$model.pml" >spin.out 2>&1 || ! test -e pan.c; then
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

if test "${1-}" = --list; then
	variants | while read -r _ name _; do
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
while read -r model name rest <&3; do
	if test $# -gt 0 && test "$name" != "$1"; then
		continue
	fi
	known=true
	# shellcheck disable=SC2086
	check "$model" "$name" $rest || result=1
	rm -rf "${dir:?}/$name"
done 3<"$dir/variants"

if ! $known; then
	echo "no such variant: $1" >&2
	exit 2
fi
exit $result
