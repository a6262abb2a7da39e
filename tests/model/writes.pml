/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A model of two pages: their write-protection in the kernel, and the library's rules for it
 * (lib/memory/wp.h, ARCHITECTURE.md). Change a rule only together with this file.
 *
 * For every interleaving of threads that write, the event reader, an installer, a collector, a
 * snapshot and a discard it is checked that
 *   - no write is lost: after the last collect, what was read of each page when it was last
 *     reported is what it has;
 *   - a snapshot is of one instant: what is saved of each page is what all of them had when the
 *     hold ended; and a page does not change while it is copied;
 *   - it fails only where something was thrown away that it has yet to save, or too late;
 *   - nobody sleeps for ever (no invalid end state), nobody spins for ever (no non-progress cycle:
 *     -DNP, pan -l).
 *
 * How to run: check.sh runs every variant, or the one it is given. By hand as pagestate.pml.
 *
 * Memory:
 *   (nothing)	anonymous, registered for WP, touched before
 *   MISSING	... and for MISSING: page 1 is brought, page 0 where it was thrown away
 *   REGIONS	each page is a region of its own, with a lock of its own
 * Its user and the world around:
 *   WRITERS=n WRITES=n		threads, one or two; writes of the first, which goes from page 0 to
 *				page 1, and back; the second goes the other way, and makes one less
 *   TRACK COLLECTS=n		SYNC tracking, so many collects at any time, and one at the end
 *   RESTART			... which was stopped and started again before
 *   SNAPSHOT			one, at any time; with TRACK before, within or after its start
 *   INCREMENTAL		with TRACK a snapshot of what is dirty
 *   CANCEL			... which may end at any time, and the instant may fail
 *   DISCARD			page 0 is thrown away: uffd_discard(), then, at last, madvise()
 *   EVENT			... and an event says so instead
 *   CAREFUL			... and from the one to the other there is no start, no instant and
 *				no second collect
 *   ASKED			... not necessary: PAGEMAP_SCAN (Linux 6.7) says what is not
 *				protected; with MISSING a page is asked for until it is gone, but
 *				a start between the two would not know of it
 * Mistakes, to see that they are found: WRONG_*, each explained where it is made.
 *
 * Not modelled: the states of pages but for what an install needs (pagestate.pml), EAGAIN, ASYNC,
 * buffers and their output, the order of pages in the sweep (any is possible here), who else may
 * end a snapshot, how uffd_discard() sleeps, unmapping, the order of memory accesses (all here are
 * sequentially consistent).
 */
#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef WRITES
#define WRITES 2
#endif
#ifndef COLLECTS
#define COLLECTS 1
#endif
#ifdef INCREMENTAL
#define TRACK
#define SNAPSHOT
#endif
#if defined(EVENT) && (defined(MISSING) || !defined(DISCARD))
#error EVENT needs DISCARD, without MISSING
#endif

#ifdef REGIONS
#define R(p) p
#define ALL_REGIONS(x) x(0); x(1)
#define PAGES_OF(r, x) x(r)
#else
#define R(p) 0
#define ALL_REGIONS(x) x(0)
#define PAGES_OF(r, x) x(0); x(1)
#endif
#define ALL_PAGES(x) x(0); x(1)

/* ------------------------------------------------------------------------------- the kernel */

#define ZERO 0				/* what is there after a discard */
#define SRC  10				/* what is there at first, or in the source */
#define NONE 255

byte content[2] = SRC;			/* of an absent page: the source's, or zeros */
bool prot[2];				/* the page table's bit; of an absent page: a marker */
#ifdef MISSING
byte absent = 2;			/* a bit a page */
#define ABSENT(p) (absent >> (p) & 1)
#else
#define ABSENT(p) 0
#endif
bool asleep[WRITERS];			/* in handle_userfault */
bool unread[WRITERS];			/* ... and the message has not been read */
bool on[WRITERS];			/* ... on this page */
#ifdef EVENT
bool event;				/* a REMOVE is queued */
#endif

/* In an atomic or a d_step. */
inline wake_one(w, p)
{
	if
	:: asleep[w] && on[w] == p -> asleep[w] = false; unread[w] = false; on[w] = 0
	:: else
	fi
}

#if WRITERS > 1
#define wake(p) wake_one(0, p); wake_one(1, p)
#else
#define wake(p) wake_one(0, p)
#endif

/* ------------------------------------------------------------------------------ the library */

#define TRACKED  1
#define PREPARED 2
#define HELD     4
#define SAVING   8

bool locked[2];				/* the lock of a region's planes */
byte why[2];
bool open[2], dirty[2], again[2], pending[2], wanted[2];
bool taken[2];				/* by the snapshot, to be given back */
bool failed;				/* the snapshot: something was thrown away */
#ifdef MISSING
byte unfilled = 2, owned;			/* states, a bit a page; neither: CACHED */
#define EMPTY(p) (unfilled >> (p) & 1)
#define BUSY(p)	 (owned >> (p) & 1)
bool turn;				/* which of the two counters of installs is the next's */
byte installs[2];
#endif
#ifdef DISCARD
bool gate;				/* held exclusively by the reader, or uffd_discard() */
bool shared;				/* ... or shared by the instant */
#else
#define gate false
#endif

/* Ghosts: what the assertions need to know. */
byte have[2];				/* content, as read after the page was last reported */
bool fresh[2];				/* ... which was after the instant */
bool reading[2];			/* reported, and not read yet */
bool started;				/* uffd_dirty_start() has returned */
byte instant[2];			/* content at the instant */
bool announced, early, during;		/* a discard was; before the instant; while held */
bool gone;				/* ... has happened, and may have ended the snapshot */
byte ended;				/* writers and the discarder */
bool over;				/* the snapshot */
#ifdef CAREFUL
bool careful;				/* the user's lock */
#define take_care() atomic { !careful -> careful = true }
#define care_no_more() careful = false
#else
#define take_care() skip
#define care_no_more() skip
#endif

/*
 * What is done with the lock and has one ioctl at most is one step here: nobody without the lock
 * can tell. Before the lock comes the gate, but in what only concerns planes.
 */
#define unlocked(p) (!locked[R(p)] && !gate)
inline lock(r)   { atomic { !locked[r] && !gate -> locked[r] = true } }
inline unlock(r) { locked[r] = false }

/* What is open is dirty to those who track it. */
inline lift(p)
{
	d_step {
#ifndef WRONG_LIFT_CLEAN
		/* (mistake: it was at its fault; but that may have been collected by now) */
		if
		:: why[R(p)] & TRACKED -> dirty[p] = true
		:: else
		fi;
#endif
		open[p] = true; prot[p] = false; wake(p)
	}
}

/* Nobody has a reason to protect these any more. */
inline page_lift_if_closed(p)
{
	if
	:: !open[p] -> lift(p)
	:: else
	fi
}

inline lift_all(r)
{
	lock(r);
	if
#ifdef WRONG_LIFT_ALL_BLIND
	/* mistake: somebody may have found a reason since */
	:: true -> PAGES_OF(r, page_lift_if_closed)
#else
	:: !why[r] -> PAGES_OF(r, page_lift_if_closed)
	:: else
#endif
	fi;
	unlock(r)
}

/*
 * An open page that has yet to be saved may have been thrown away after the instant: that it has
 * lost its protection is what tells. So it stays open.
 */
#ifdef WRONG_PROTECT_PENDING
/* mistake: protect it all the same */
#define is_saved(p) true
#else
#define is_saved(p) (!(why[R(p)] & SAVING) || !pending[p])
#endif

inline protect_if_open(p)
{
#ifdef WRONG_GAP
	/* mistake: a page between open ones is protected anyway, and saves an ioctl */
	prot[p] = true;
#endif
	if
	:: open[p] && is_saved(p) -> prot[p] = true; open[p] = false
	:: else
	fi
}

inline protect_open(p)
{
	atomic { unlocked(p) -> protect_if_open(p) }
}

/*
 * A page that is not protected, and passes for it, was thrown away late, and perhaps written since.
 * Whoever asks has the lock, or what it is told may have changed meanwhile.
 */
#ifdef ASKED
inline find_open(p)
{
#ifdef WRONG_FOUND_UNLOCKED
	/* mistake: ask, then lock */
	found = !prot[p];
#endif
	atomic {
		unlocked(p) ->
#ifndef WRONG_FOUND_UNLOCKED
		found = !prot[p];
#endif
		found = found && !open[p];
		if
		:: found -> open[p] = true; dirty[p] = true
		:: else
		fi;
#if defined(INCREMENTAL) && !defined(WRONG_FOUND_CLEAN)
		/* That was before the instant, or not: it may be a page that the snapshot lacks. */
		/* (mistake: it is not to be saved, so it is all the same) */
		if
		:: found && why[R(p)] & (HELD | SAVING) && !pending[p] ->
			assert(gone); failed = true
		:: else
		fi;
#endif
		found = false
	}
}
#else
#define find_open(p) skip
#endif

#ifdef INCREMENTAL
#define is_during() during = (during || why[0] & HELD)
#else
#define is_during() skip
#endif

/* What is thrown away is dirty, twice; and its protection goes with it. */
inline thrown_away(p)
{
	atomic {
		!locked[R(p)] ->
		if
		:: why[R(p)] & TRACKED -> dirty[p] = true;
#ifndef WRONG_DISCARD_ONCE
			/* (mistake: it is announced, and has yet to happen) */
			again[p] = true
#endif
		:: else
		fi;
#ifndef WRONG_DISCARD_CLOSED
		/* (mistake: take it for protected) */
		open[p] = true;
#endif
		if
		:: why[R(p)] & SAVING && pending[p] -> failed = true
		:: else
		fi;
#ifdef MISSING
		unfilled = unfilled | 1 << p;
#endif
		announced = true;
		is_during()
	}
}

/* Its dirty bit was taken. What is open is dirty all the same. */
inline once_more(p)
{
	if
	:: again[p] -> dirty[p] = true;
#if defined(MISSING) && !defined(WRONG_DISCARD_TWICE)
		/* (mistake: by now it has happened) */
		again[p] = !ABSENT(p);
#else
		again[p] = false;
#endif
#ifndef WRONG_ONCE_CLOSED
		/* (mistake: take it for protected, now that it has been) */
		open[p] = true
#endif
#ifndef WRONG_TAKEN_OPEN
	/* (mistake: forget that it was left open, or thrown away since it was protected) */
	:: !again[p] && open[p] -> dirty[p] = true
#endif
	:: else
	fi
}

#ifdef MISSING
inline claim(p) { unfilled = unfilled & ~(1 << p); owned = owned | 1 << p }

/*
 * Until whoever sets a reason has waited for it, an install may not know of that reason. Count,
 * then look, here; set, then look at the count, there.
 */
inline install(p, c)
{
#ifdef WRONG_LOOK_FIRST
	/* mistake: look, then count */
	wp = (why[R(p)] != 0);
	t = turn;
	installs[t]++;
#else
	t = turn;
	installs[t]++;
	wp = (why[R(p)] != 0);
#endif
#ifdef WRONG_INSTALL_OPEN
	/* mistake: the marker of an absent page will do */
	wp = false;
#endif
	d_step {
		if
		:: ABSENT(p) -> absent = absent & ~(1 << p); content[p] = c; prot[p] = wp;
			again[p] = false
		:: else
		fi;
		wake(p)
	};
	d_step { installs[t]--; t = 0; wp = false }
}

inline wait_for(c)
{
	d_step { before = turn; turn = !turn };
	installs[before] == 0;
	before = 0
}

inline wait_for_installs()
{
#ifndef WRONG_INSTALL_UNWAITED
	/* (mistake: do not) */
	wait_for(0);
#ifndef WRONG_ONE_COUNTER
	/* (mistake: one that took its turn long ago may be in the other counter) */
	wait_for(1)
#endif
#else
	skip
#endif
}
#else
#define wait_for_installs() skip
#endif

/* -------------------------------------------------------------------------------- processes */

active [WRITERS] proctype writer()
{
	byte n;

	do
	:: n == WRITES - _pid -> break
	:: atomic {
		n < WRITES - _pid ->
		on[_pid] = (n + _pid) & 1;
		if
		:: !ABSENT(on[_pid]) && !prot[on[_pid]] ->
			content[on[_pid]]++; on[_pid] = 0; n++
		:: else -> asleep[_pid] = true; unread[_pid] = true
		fi };
		!asleep[_pid]
	od;
	atomic { n = 0; ended++ };
progress: skip
}

inline write_fault(p)
{
	atomic {
		unlocked(p) ->
#ifdef WRONG_HELD_ANSWERED
		/* mistake: one more page cannot matter */
		opens = true;
#else
		opens = !(why[R(p)] & HELD);
#endif
		if
		:: opens && why[R(p)] & TRACKED -> dirty[p] = true
		:: else
		fi;
		if
		:: opens && why[R(p)] & SAVING && pending[p] ->
#ifdef WRONG_WANTED_WAKE
			/* mistake: let it try again until it is saved */
			wake(p);
#elif !defined(WRONG_NOT_WANTED)
			/* (mistake: the sweep will come by) */
			wanted[p] = true;
#endif
			opens = false
		:: else
		fi;
#ifndef WRONG_LIFT_UNLOCKED
		if
		:: opens -> opens = false; lift(p)
		:: else
		fi
	}
#else
		/* mistake: the bit is set, what can happen */
		open[p] = (opens || open[p])
	};
	if
	:: opens -> d_step { opens = false; prot[p] = false; wake(p) }
	:: else
	fi
#endif
}

#ifdef MISSING
inline bring(p)
{
	atomic {
		if
		:: EMPTY(p) -> claim(p); opens = true
		:: BUSY(p)			/* its owner's install wakes */
		:: !EMPTY(p) && !BUSY(p) -> wake(p)	/* a stale message */
		fi
	};
	if
	:: opens ->
		opens = false;
		if
		:: p == 0 ->			/* thrown away */
			atomic {
				!locked[R(p)] ->
				if
				:: why[R(p)] & TRACKED -> dirty[p] = true
				:: else
				fi
			};
			install(p, ZERO)
		:: p == 1 -> install(p, SRC)
		fi;
		owned = owned & ~(1 << p)
	:: else
	fi
}
#endif

inline take_message(w)
{
	atomic {
		unread[w] -> unread[w] = false; page = on[w];
#ifdef MISSING
		missing = ABSENT(page)
#endif
	}
}

inline answer()
{
#ifdef MISSING
	if
	:: missing && page == 0 -> missing = false; bring(0)
	:: missing && page == 1 -> missing = false; page = 0; bring(1)
	:: !missing && page == 0 -> write_fault(0)
	:: !missing && page == 1 -> page = 0; write_fault(1)
	fi
#else
	if
	:: page == 0 -> write_fault(0)
	:: page == 1 -> page = 0; write_fault(1)
	fi
#endif
}

active proctype reader()
{
	bool page, opens;
#ifdef MISSING
	bool missing, t, wp;
#endif

end:	do
	:: take_message(0); answer()
#if WRITERS > 1
	:: take_message(1); answer()
#endif
#ifdef EVENT
	:: atomic { event && !locked[0] && !locked[1] && !shared -> gate = true; event = false };
		thrown_away(0);
		gate = false
#endif
	od
}

#ifdef MISSING
active proctype installer()
{
	bool t, wp;

	if
	:: atomic { EMPTY(1) -> claim(1) };
		install(1, SRC);
		owned = 0
	:: !EMPTY(1)
	fi
}
#endif

#ifdef TRACK
inline page_begin(p) { dirty[p] = false; again[p] = false; open[p] = true }

/* Its user has seen to it, where nothing but the announcement would tell. */
#if defined(DISCARD) && defined(MISSING) && !defined(WRONG_START_BETWEEN)
#define may_start (!announced || gone)
#else
#define may_start true
#endif

inline region_begin(r)
{
	atomic {
		/* tries again where it is -EBUSY */
		!locked[r] && why[r] == 0 && may_start ->
		PAGES_OF(r, page_begin);
		why[r] = TRACKED
	}
}

inline start()
{
	ALL_REGIONS(region_begin);
	wait_for_installs();
	ALL_PAGES(protect_open)
}

inline region_end(r)
{
	atomic { !locked[r] && !(why[r] & PREPARED) -> why[r] = why[r] & ~TRACKED };
	lift_all(r)
}

/* Its user reads a page's content after it was reported. */
inline collect(p)
{
	find_open(p);
	atomic {
		unlocked(p) ->
		if
		:: dirty[p] -> dirty[p] = false; reading[p] = true
#ifndef WRONG_COLLECT_UNLOCKED
			;
			protect_if_open(p);
			once_more(p)
#endif
		:: else
		fi
	};
#ifdef WRONG_COLLECT_UNLOCKED
	/* mistake: the bit is taken, the rest has time */
	if
	:: reading[p] && open[p] -> prot[p] = true; open[p] = false
	:: else
	fi;
#endif
	if
	:: reading[p] ->
		d_step { have[p] = content[p]; fresh[p] = !over; reading[p] = false }
	:: else
	fi
}

active proctype collector()
{
	byte n;
#ifdef ASKED
	bool found;
#endif
#ifdef MISSING
	bool before;
#endif

#ifdef CAREFUL
	atomic { !careful && why[0] == 0 -> careful = true };
#endif
	start();
	care_no_more();
#ifdef RESTART
	ALL_REGIONS(region_end);
	start();
#endif
	d_step { have[0] = content[0]; have[1] = content[1]; started = true };
	do
	:: n < COLLECTS ->
		if
		:: n > 0 -> take_care()
		:: else
		fi;
		ALL_PAGES(collect);
		if
		:: n > 0 -> care_no_more()
		:: else
		fi;
		n++
	:: else -> n = 0; break
	od;
#ifdef SNAPSHOT
	over;
#endif
#ifdef DISCARD
	ended == WRITERS + 1;
#else
	ended == WRITERS;
#endif
	ALL_PAGES(collect);
	d_step {
		assert(have[0] == content[0]);
		assert(have[1] == content[1])
	};
progress: skip
}
#endif

#ifdef SNAPSHOT
inline page_enter(p)
{
	if
	:: !(why[R(p)] & TRACKED) -> open[p] = true
	:: else
	fi;
#ifndef INCREMENTAL
	pending[p] = true
#endif
}

inline region_enter(r)
{
	atomic { !locked[r] -> PAGES_OF(r, page_enter); why[r] = why[r] | PREPARED }
}

inline region_hold(r)
{
	atomic { !locked[r] -> why[r] = why[r] | HELD }
}

inline region_saving(r)
{
	atomic { !locked[r] -> why[r] = why[r] | SAVING }
}

inline region_let_go(r)
{
	atomic { !locked[r] -> why[r] = why[r] & ~HELD }
}

inline page_wake(p)
{
	d_step { wake(p) }
}

/* What is dirty is taken, as a collect would. */
inline page_set_pending(p)
{
	atomic {
		!locked[R(p)] ->
		if
		:: dirty[p] && why[R(p)] & TRACKED ->
#ifdef INCREMENTAL
			pending[p] = true;
#endif
			dirty[p] = false; have[p] = content[p];
#if defined(CANCEL) || defined(DISCARD)
			taken[p] = true; fresh[p] = false;
#endif
			once_more(p)
		:: else
		fi
	}
}

inline page_instant(p)
{
	instant[p] = content[p];
#ifdef INCREMENTAL
	lacks = lacks || !(pending[p] || reading[p] || have[p] == content[p] ||
		(p == 0 && (during || (announced && content[p] == ZERO))))
#endif
}

inline the_instant()
{
	d_step { ALL_PAGES(page_instant); early = announced }
}

/*
 * A hold does not stop uffd_discard(). (mistake: it may come when what is to be saved has been
 * noted, and is not being saved yet)
 */
#if defined(DISCARD) && !defined(WRONG_INSTANT_UNGATED)
#define share_gate() atomic { !gate -> shared = true }
#define leave_gate() shared = false
#else
#define share_gate() skip
#define leave_gate() skip
#endif

inline arm()
{
#ifdef WRONG_ONE_BY_ONE
	/* mistake: the instant of each region for itself */
	region_hold(0); protect_open(0); region_saving(0); region_let_go(0); page_wake(0);
	region_hold(1); protect_open(1); region_saving(1);
	the_instant();
	region_let_go(1); page_wake(1)
#else
	ALL_PAGES(find_open);
	ALL_REGIONS(region_hold);
	ALL_PAGES(protect_open);
#ifdef CANCEL
	if
	:: whole = false
	:: true
	fi;
#endif
	if
	:: !whole
	:: else ->
#ifndef WRONG_PENDING_LATE
		/* (mistake: do that when the writers have gone on) */
		share_gate();
		ALL_PAGES(page_set_pending);
		ALL_REGIONS(region_saving);
		leave_gate();
#endif
		the_instant()
	fi;
#ifdef WRONG_WAKE_FIRST
	/* mistake: wake them into the hold */
	ALL_PAGES(page_wake);
	ALL_REGIONS(region_let_go)
#else
	ALL_REGIONS(region_let_go);
#ifndef WRONG_NO_WAKE
	/* (mistake: forget those whose fault was read during the hold) */
	ALL_PAGES(page_wake)
#endif
#endif
#ifdef WRONG_PENDING_LATE
	ALL_PAGES(page_set_pending);
	ALL_REGIONS(region_saving)
#endif
#endif
}

#define goes_on (whole && !failed)

/* What is pending is cleared by this process only. */
inline read_page(p)
{
#ifdef MISSING
	atomic {
		goes_on && pending[p] && !BUSY(p) -> page = p;
		if
		:: !EMPTY(p) -> memory = true; saved = content[p]
		:: EMPTY(p) -> saved = (p == 0 -> ZERO : SRC)
		fi
	}
#else
	atomic { goes_on && pending[p] -> page = p; memory = true; saved = content[p] }
#endif
}

/* The second half of the copy has to be of the same content as the first. */
inline read_rest()
{
	d_step {
		torn = (memory && saved != content[page]) ||
			(saved != instant[page] && !(early && page == 0 && saved == ZERO));
		saved = 0; memory = false
	}
}

inline release(p)
{
	atomic {
		unlocked(p) -> pending[p] = false;
		if
		:: !(why[R(p)] & TRACKED) -> wanted[p] = false; lift(p)
		:: why[R(p)] & TRACKED && wanted[p] -> wanted[p] = false; lift(p)
		:: else
		fi
	}
}

/* Whether it was protected all the time. (mistake: do not ask) */
#if defined(MISSING) || defined(WRONG_SAVED_UNASKED)
#define kept(p) true
#else
#define kept(p) prot[p]
#endif

inline copy()
{
#ifdef WRONG_RELEASE_EARLY
	/* mistake: let the writer go when the copy has begun */
	if
	:: page == 0 -> release(0)
	:: page == 1 -> release(1)
	fi;
	read_rest()
#else
	read_rest();
	if
	:: !kept(page) -> assert(gone); failed = true
	:: kept(page) && page == 0 -> release(0)
	:: kept(page) && page == 1 -> release(1)
	fi
#endif
	;
	/* An event that nobody has read yet is read before the release. */
	d_step { assert(failed || !torn); torn = false; page = 0 }
}

/* Not whole: nobody has what it took. */
inline page_leave(p)
{
	d_step {
		pending[p] = false;
		if
		:: taken[p] && !whole ->
			have[p] = (fresh[p] -> have[p] : NONE);
#ifndef WRONG_TAKEN_KEPT
			/* (mistake: keep it) */
			dirty[p] = true
#endif
		:: else
		fi;
		taken[p] = false
	};
	if
#ifdef WRONG_LEAVE_ASLEEP
	/* mistake: those who wait are woken when all is lifted. What passes for open is not, and */
	/* nothing is where somebody has found a reason by then */
	:: wanted[p] && why[R(p)] & TRACKED -> lift(p)
#else
	:: wanted[p] -> lift(p)
#endif
	:: else
	fi;
	wanted[p] = false
}

inline region_leave(r)
{
	atomic {
		!locked[r] && !gate -> locked[r] = true;
		why[r] = why[r] & TRACKED
	};
	PAGES_OF(r, page_leave);
	d_step { page = why[r]; locked[r] = false };
	if
	:: !page -> lift_all(r)
	:: else -> page = 0
	fi
}

active proctype snapshot()
{
	byte saved;
	bool page, memory, torn, whole = true;
#ifdef INCREMENTAL
	bool lacks;
#endif
#ifdef ASKED
	bool found;
#endif
#ifdef MISSING
	bool before;
#endif

#ifdef INCREMENTAL
	started;
#endif
	take_care();
	ALL_REGIONS(region_enter);
	wait_for_installs();
	ALL_PAGES(protect_open);
	care_no_more();
	take_care();
	arm();
	care_no_more();
	do
	:: !goes_on -> break
#ifdef CANCEL
	:: goes_on -> whole = false
#endif
	:: goes_on && !pending[0] && !pending[1] -> break
	:: read_page(0); copy()
	:: read_page(1); copy()
	od;
#ifdef INCREMENTAL
#ifndef WRONG_UNASKED_AFTER
	/* (mistake: do not ask what was lost between the last look and the instant) */
	ALL_PAGES(find_open);
#endif
#endif
	whole = (whole && !failed);
#ifdef INCREMENTAL
	assert(!whole || !lacks);
#endif
	ALL_REGIONS(region_leave);
	d_step {
		instant[0] = 0; instant[1] = 0; early = false; during = false;
		fresh[0] = false; fresh[1] = false; failed = false; over = true
	};
progress: skip
}
#endif

#ifdef DISCARD
active proctype discarder()
{
	bool waits;

	take_care();
#ifdef EVENT
	event = true;
	!event;
#else
	/* uffd_discard() */
	do
	:: atomic { !gate && !shared && !locked[0] && !locked[R(1)] -> gate = true };
		atomic { !locked[0] -> waits = (why[0] & SAVING && pending[0]) };
		if
		:: waits -> gate = false
		:: else -> break
		fi;
		atomic {
			!locked[0] ->
			waits = (why[0] & SAVING && pending[0]);
			if
			:: waits && why[0] & TRACKED -> dirty[0] = true
			:: else
			fi;
			if
			:: waits -> wanted[0] = true
			:: else
			fi
		};
		if
		:: waits -> waits = false; !(why[0] & SAVING && pending[0])
		:: else
		fi
	od;
	/* It was said before: no snapshot fails for that. */
	atomic { !locked[0] -> assert(gone || !(why[0] & SAVING && pending[0])) };
	thrown_away(0);
	gate = false;
#endif
	/* madvise(): the marker goes, too */
	d_step {
#ifdef MISSING
		absent = absent | 1;
#endif
		content[0] = ZERO; prot[0] = false;
		is_during();
#ifdef CAREFUL
		gone = (why[0] & SAVING && pending[0]);
#else
		gone = true;
#endif
		ended++
	};
	care_no_more()
}
#endif
