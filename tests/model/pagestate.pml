/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A model of one page: the kernel's userfaultfd around it, and the library's rules for it
 * (uffd_pagestate(7), ARCHITECTURE.md). Change a rule only together with this file.
 *
 * For every interleaving of faulting threads, the event reader (which also resolves), a prefetcher,
 * uffd_demand() and discards it is checked that
 *   - nobody reads wrong bytes: half-filled content, the source's content after a finished discard,
 *     zeros that nobody asked for; and nobody's own writes are overwritten;
 *   - nobody sleeps for ever (no invalid end state), nobody spins for ever (no non-progress cycle:
 *     -DNP, pan -l);
 *   - the page has at most one owner at a time.
 *
 * How to run: check.sh runs every variant, or the one it is given. By hand:
 *   spin -a -DSHARED -DALIAS -DDISCARDS=1 pagestate.pml
 *   gcc -O2 -DSAFETY -o pan pan.c && ./pan -m100000		(-DNP instead of -DSAFETY, pan -l)
 *   an error leaves pagestate.pml.trail: spin -t -p -g -DSHARED ... pagestate.pml
 *
 * Memory:
 *   (nothing)	anonymous, installed by COPY and ZEROPAGE
 *   SHARED	registered MISSING|MINOR, installed by COPY and CONTINUE
 *   ALIAS	with SHARED: filled through the alias mapping or by pwrite, then CONTINUE
 * Its user and the world around:
 *   FAULTERS=n READS=n		threads, and accesses by each; the first thread also writes
 *   DISCARDS=n			MADV_DONTNEED (anonymous) or MADV_REMOVE (shared), with events
 *   ANNOUNCED			a context without events: uffd_discard(), then the memory goes
 *   DONTNEED			shared: MADV_DONTNEED too, which leaves the content in the cache
 *   KEEP			shared: only MADV_DONTNEED, and the region's policy is to keep
 *   SIGNALS=n			wake-ups of a faulting thread by a signal: stale messages
 *   FAILS=n [POISON]		fills that fail, and owners that tire of EAGAIN and give up; with POISON
 *				the last failing fill poisons
 *   PREFETCH, DEMAND		a prefetcher; a thread in uffd_demand()
 *   SPILL			shared: once, somebody leaves zeros (a huge folio) or half a page
 *				(a writer that died) in the cache
 *   COLLAPSE			shared: once, somebody maps a complete page and wakes nobody
 *				(MADV_COLLAPSE, the kernel's fault-around)
 *   FOREIGN			shared: once, another mapping of the file writes into a hole that a
 *				discard has left
 *   WRITE_ZEROS		shared: such a hole is filled by pwrite or the alias, not by
 *				fallocate: right only where nobody else writes (not FOREIGN)
 *   EVICT			shared: once, the library itself drops a clean page (nobody writes)
 *   TAKEOVER			anonymous: once, the process of the reader and the prefetcher is killed, at
 *				any step, and another goes on with the states (uffd_takeover(7))
 * Mistakes, to see that they are found: WRONG_*, each explained where it is made.
 *
 * Not modelled: more than one page (partial results), the order of memory accesses (all here are
 * sequentially consistent), write-protection, unmapping.
 */
#ifndef FAULTERS
#define FAULTERS 2
#endif
#ifndef READS
#define READS 2
#endif
#ifndef DISCARDS
#define DISCARDS 0
#endif
#ifndef SIGNALS
#define SIGNALS 0
#endif
#ifndef FAILS
#define FAILS 0
#endif
#if DISCARDS > 0 && !defined(ANNOUNCED)
#define EVENTS				/* otherwise the reader takes no gate */
#endif
#if defined(ALIAS) && !defined(SHARED)
#error ALIAS needs SHARED
#endif

mtype = { NONE, TORN, SRC, ZERO, DATA };	/* DATA: the program's own */
mtype = { EMPTY, BUSY, CACHED, POISONED };
mtype = { OK, EEXIST, EFAULT, EAGAIN };
mtype = { FILL, HAVE };			/* claimed from EMPTY; or not */
mtype = { HOLE, MAPPED, MARKER };		/* MARKER: UFFDIO_POISON */

/* ------------------------------------------------------------------------------- the kernel */

mtype pte = HOLE;
bool cache;				/* in the page cache (SHARED) */
mtype content = NONE;
bool waiting[FAULTERS];			/* asleep in handle_userfault */
bool unread[FAULTERS];			/* ... and the message has not been read */
byte changing;				/* mmap_changing: a discard waits for its event */
bool event;				/* a REMOVE is queued */
byte signals;

/* Ghosts: what the assertions need to know. */
byte begun;				/* discards that may have emptied the page */
byte finished;				/* those that surely have */
bool zapped;				/* one hit while somebody filled through the alias */
bool once;				/* the page has been complete */
bool dead;				/* the source has failed for good */
byte owners;
byte fails;

#define right(c, fin) \
	((c == SRC && fin == 0) || (c == ZERO && begun > 0) || c == DATA)

inline k_wake()
{
	d_step {
		waiting[0] = false; unread[0] = false;
#if FAULTERS > 1
		waiting[1] = false; unread[1] = false;
#endif
	}
}

/* COPY of c; ZEROPAGE where c is ZERO. On a MARKER ZEROPAGE meets EEXIST on anonymous memory. */
inline k_install(c, res)
{
	atomic {
		if
		:: changing > 0 -> res = EAGAIN
		:: else ->
			if
#ifdef SHARED
			:: cache -> res = EEXIST
#else
			:: pte == MAPPED || (pte == MARKER && c == ZERO) -> res = EEXIST
#endif
			:: else ->
#ifdef SHARED
				cache = true;
#endif
				pte = MAPPED; content = c; k_wake(); res = OK
			fi
		fi
	}
}

inline k_continue(res)
{
	atomic {
		if
		:: changing > 0 -> res = EAGAIN
		:: changing == 0 && !cache -> res = EFAULT
		:: changing == 0 && cache && pte == MAPPED -> res = EEXIST
		:: changing == 0 && cache && pte != MAPPED -> pte = MAPPED; k_wake(); res = OK
		fi
	}
}

inline k_poison(res)
{
	atomic {
		if
		:: changing > 0 -> res = EAGAIN
		:: changing == 0 && pte != HOLE -> res = EEXIST
		:: changing == 0 && pte == HOLE -> pte = MARKER; k_wake(); res = OK
		fi
	}
}

/* fallocate() of a hole: zeros, and never over what is there already */
inline k_allocate()
{
	d_step {
		if
		:: cache
		:: else -> cache = true; content = ZERO
		fi
	}
}

/*
 * A write through the alias mapping, or pwrite: not atomic, and no discard stops it. A hole under
 * it reads as zeros from the start; one punched in the middle leaves half a page and half zeros.
 */
inline k_write_half(c)
{
	d_step {
		assert(content != DATA);
		if
		:: !cache && c == ZERO -> content = ZERO
		:: cache && content == c
		:: else -> content = TORN
		fi;
		cache = true; zapped = false
	}
}

inline k_write(c)
{
	k_write_half(c);
	d_step {
		assert(content != DATA);
		if
		:: zapped && c != ZERO -> content = TORN
		:: else -> content = c
		fi;
		cache = true; zapped = false
	}
}

/* ------------------------------------------------------------------------------ the library */

mtype st = EMPTY;
bool W, D;				/* WAITERS, DISCARDED */
byte sharers; bool excl;		/* the event gate */
bool f[FAULTERS];			/* messages read, not dispatched yet */
#ifdef WRONG_EVENT_LATE
bool late;
#endif
#ifdef WRONG_JOURNAL_EARLY
bool late_apply;
#endif
#ifdef WRONG_CONTINUE_EMPTY
bool minor[FAULTERS];
#endif

#ifdef TAKEOVER
bool killed;
bool journal;				/* a REMOVE was read, and may not have been applied */
#define MORTAL {
#define UNTIL_KILLED  } unless { killed }
#else
#define MORTAL
#define UNTIL_KILLED
#endif

#ifdef DEMAND
byte sleepers; bool same, asleep;	/* the futex; same: unchanged since the sleeper looked */
#endif

inline share()    { atomic { !excl -> sharers++ } }
inline unshare()  { sharers-- }

/* After a page has left BUSY: wake the threads in uffd_demand(). They count themselves first. */
inline notify()
{
#if defined(DEMAND) && !defined(WRONG_DEMAND_NO_WAKE)
	if
	:: sleepers > 0 -> d_step { same = false; asleep = false }
	:: else
	fi
#else
	skip
#endif
}

/* What an event says, and uffd_discard(). With the gate held exclusively; in an atomic. */
inline apply()
{
	if
	:: st == POISONED ->
		if			/* either is right: the next owner looks at D */
		:: D = true
		:: D = true; st = EMPTY
		fi
#ifdef SHARED
	:: st == CACHED ->		/* ambiguous, and the next CONTINUE tells */
#if defined(EVICT) && !defined(WRONG_EVICT_DISCARDED) && !defined(KEEP)
		D = true		/* but no longer what the source has: not to be evicted */
#endif
#else
	:: st == CACHED -> st = EMPTY; D = true
#endif
#ifdef KEEP
	:: st == EMPTY || st == BUSY
#else
	:: st == EMPTY || st == BUSY -> D = true
#endif
	fi
}

inline take_message(i)
{
	if
	:: unread[i] -> unread[i] = false; f[i] = true
	:: else
	fi
}

/* The reader: read until EAGAIN, apply the events, keep the faults for the dispatch. */
inline drain()
{
#ifdef EVENTS
	atomic { !excl && sharers == 0 -> excl = true };
#endif
	atomic {
		take_message(0);
#if FAULTERS > 1
		take_message(1);
#endif
		if
		:: event -> event = false;
#ifdef WRONG_EVENT_LATE
			/* mistake: apply the events after the faults of the same read */
			late = true
#elif defined(TAKEOVER)
			journal = true		/* that is where read(2) puts it */
#else
			apply()
#endif
		:: else
		fi
	};
#ifdef TAKEOVER
#ifdef WRONG_JOURNAL_EARLY
	/* mistake: wipe it before it is applied */
	atomic { if :: journal -> journal = false; late_apply = true :: else fi };
	atomic { if :: late_apply -> late_apply = false; apply() :: else fi };
#else
	atomic { if :: journal -> apply() :: else fi };
	journal = false;
#endif
#endif
#ifdef EVENTS
	excl = false
#else
	skip
#endif
}

/* Wait out EAGAIN, without the gate. The reader must read: the discard waits for that. */
inline wait_changing(rd)
{
	if
#ifdef WRONG_SPIN_UNREAD
	/* mistake: the reader tries again and again instead */
	:: rd
#else
	:: rd -> (event || changing == 0); drain()
#endif
	:: !rd -> (changing == 0)
	fi
}

#ifdef WRONG_WAIT_GATED
/* mistake: wait while holding the gate */
#define unshare_and_wait(rd) \
	if :: rd -> unshare(); wait_changing(true) :: else -> (changing == 0); unshare() fi
#else
#define unshare_and_wait(rd) unshare(); wait_changing(rd)
#endif

/* In an atomic: EMPTY -> BUSY, and for a fault also CACHED or POISONED -> BUSY. */
inline claim()
{
	kind = (st == EMPTY -> FILL : HAVE);
	target = (st == POISONED -> POISONED : CACHED);
	dc = D; st = BUSY; owners++;
	assert(owners == 1)
}

/*
 * The owner's first part: the whole content, for a page claimed from EMPTY. Where the install maps
 * as well, it wakes everybody who was queued: WAITERS is taken before, and given back on failure.
 */
inline fill(rd)
{
	if
	:: !dc && fails < FAILS -> fails++;
#ifdef ALIAS
		if
		:: true
		:: k_write_half(SRC)
		fi;
#endif
#ifdef POISON
		if
		:: fails == FAILS -> dead = true; target = POISONED
		:: else -> target = EMPTY
		fi
#else
		target = EMPTY
#endif
	:: true ->
#ifdef ALIAS
#ifdef WRONG_SOURCE_DISCARDED
		/* mistake: bring a discarded page from the source */
		dc = false;
#endif
		if
		:: dc -> k_write(ZERO)
		:: else -> k_write(SRC)
		fi;
#if !defined(WRONG_NO_SECOND_LOOK) && !defined(WRONG_SOURCE_DISCARDED)
		/* the kernel did not stop that: look again (mistake: do not) */
		share();
		if
		:: D && !dc -> k_write(ZERO)
		:: else
		fi;
		unshare()
#endif
#else /* !ALIAS */
		do
		::
#ifdef WRONG_UNGATED_LOOK
			/* mistake: look at DISCARDED before the gate is held */
			dc = D;
			share();
#else
			share();
			dc = D;
#endif
#ifdef WRONG_SOURCE_DISCARDED
			dc = false;
#endif
#ifndef WRONG_TAKE_AFTER
			d_step { took = W; W = false };
#endif
			if
			:: dc -> k_install(ZERO, r)
			:: else -> k_install(SRC, r)
			fi;
			if
			:: r == OK -> unshare();
#ifdef WRONG_TAKE_AFTER
				/* mistake: take WAITERS after the install, and do not map for it */
				W = false;
#endif
				break
#ifdef SHARED
			:: r == EEXIST ->
				/* Somebody has put a page there, nobody knows what: overwrite it */
				/* with the gate still held: no second look follows. */
				/* (mistakes: let the gate go; map what is there) */
#ifndef WRONG_MAP_FOUND
#ifdef WRONG_UNGATED_OVERWRITE
				unshare();
#endif
				if
				:: dc -> k_write(ZERO)
				:: else -> k_write(SRC)
				fi;
#ifdef WRONG_UNGATED_OVERWRITE
				share();
#endif
#endif
				if
				:: took -> W = true		/* publish() maps it */
				:: !took -> W = true		/* ... which is harmless */
				:: !took			/* ... and not necessary */
				fi;
				unshare(); break
#else
			:: r == EEXIST -> k_wake(); unshare(); break
#endif
			:: r == EAGAIN ->
#ifndef WRONG_NOT_GIVEN_BACK
				/* (mistake: forget it) */
				if
				:: took -> W = true
				:: else
				fi;
#endif
				if
				:: unshare_and_wait(rd)
				:: fails < FAILS -> fails++; target = EMPTY; unshare(); break
				fi
			fi
		od
#endif /* !ALIAS */
	fi
}

/*
 * The owner's part for whoever waits: map the content. WAITERS has been taken. No look at DISCARDED
 * here: on shared memory it is ambiguous, and what is in the cache may be the program's own by now.
 */
inline map(rd)
{
	share();
	if
	:: target == POISONED ->
		if
		:: D -> W = true; target = EMPTY	/* it has been thrown away: zeros */
#ifdef WRONG_POISON_WAKE
		/* mistake: just wake who faults on a poisoned page */
		:: else -> k_wake()
#else
		:: else -> k_poison(r)
#endif
		fi
	:: else ->
#ifdef WRONG_BARE_WAKE
		/* mistake: trust the state that the page is there */
		k_wake()
#elif defined(SHARED)
#ifdef WRONG_MAP_LOOKS
		/* mistake: go by DISCARDED instead of by what CONTINUE says */
		if
		:: D -> k_write(ZERO)
		:: else
		fi;
#endif
		k_continue(r)
#else
		/* A stale message (EEXIST), or the page was thrown away without an event. */
		k_install(ZERO, r)
#endif
	fi;
	if
	:: r == OK -> unshare();
#ifndef SHARED
		if
		:: target == CACHED -> D = true
		:: else
		fi
#endif
	:: r == EEXIST ->
#ifndef WRONG_EEXIST_NO_WAKE
		/* EEXIST wakes nobody (mistake: forget it) */
		k_wake();
#endif
		unshare()
	:: r == EFAULT -> W = true; D = true;	/* thrown away: zeros, and again */
#ifdef WRITE_ZEROS
		/* with FOREIGN a mistake: over what somebody may have put into the hole by now */
		k_write(ZERO);
#else
		k_allocate();
#endif
		unshare()
	:: r == EAGAIN ->
#ifndef WRONG_NOT_GIVEN_BACK
		W = true;
#endif
		if
		:: unshare_and_wait(rd)
		:: fails < FAILS -> fails++; unshare();
#ifdef WRONG_ABANDON
			/* mistake: give up a complete page as if it were not */
			target = EMPTY
#else
			quit = true		/* publish: who waits shall fault again */
#endif
		fi
	:: r == 0 -> unshare()
	fi;
	r = 0
}

/*
 * The owner's last part. Every ioctl that maps the page is made before: after it the page may have
 * another owner.
 */
inline publish(rd)
{
	do
	:: atomic {
		assert(st == BUSY && owners == 1);
		if
		:: target == EMPTY || quit ->
			took = W; W = false; st = target; owners--;
			once = (once || target == CACHED); break
#ifdef WRONG_PUBLISH_WAITERS
		/* mistake: whether somebody waits is not looked at */
		:: target != EMPTY && !quit -> W = false; st = target; owners--; once = true; break
#elif defined(WRONG_CONTINUE_AFTER)
		/* mistake: publish, then map for who waits */
		:: target != EMPTY && !quit ->
			took = W; W = false; st = target; owners--; once = true; break
#else
		:: target != EMPTY && !quit && W -> W = false
		:: target != EMPTY && !quit && !W ->
			st = target; owners--; took = false;
			once = (once || target == CACHED); break
#endif
		fi };
		map(rd)
	od;
	notify();
#ifdef WRONG_CONTINUE_AFTER
	if
	:: took && target != EMPTY && !quit ->
		do
		:: W = false; map(rd);
			if
			:: W
			:: else -> break
			fi
		od
	:: else
	fi;
#endif
#ifdef WRONG_GIVE_UP_NO_WAKE
	/* mistake: give up, and leave the waiters asleep */
	took = false;
#endif
	if
	:: (target == EMPTY || quit) && took -> k_wake()
	:: else
	fi;
	d_step { took = false; quit = false }
}

inline own(rd)
{
	if
	:: kind == FILL -> fill(rd); r = 0; took = false
	:: else
	fi;
	publish(rd);
	d_step { dc = false; kind = 0 }
}

#define OWNER bool dc, took, quit; mtype kind; mtype target; mtype r

/* -------------------------------------------------------------------------------- processes */

active [FAULTERS] proctype faulter()
{
	byte n, fin;

	do
	:: n < READS ->
		fin = finished;
		do
		:: atomic {
			if
			:: pte == MAPPED ->
				assert(right(content, fin));
#ifndef EVICT
				if
				:: _pid == 0 -> content = DATA
				:: else
				fi;
#endif
				n++; fin = 0; break
			:: pte == MARKER -> assert(dead); n++; fin = 0; break	/* SIGBUS */
			:: pte == HOLE -> waiting[_pid] = true; unread[_pid] = true
#ifdef WRONG_CONTINUE_EMPTY
				; minor[_pid] = cache
#endif
			fi };
			if
			:: !waiting[_pid]
#if SIGNALS > 0
			:: atomic { waiting[_pid] && signals < SIGNALS ->
				signals++; waiting[_pid] = false; unread[_pid] = false }
#endif
			fi
		od
	:: else -> break
	od;
progress: skip
}

/* First all messages of a batch are dispatched (claim or mark), then what was claimed is filled. */
inline dispatch(i)
{
	if
	:: f[i] ->
		f[i] = false;
#ifdef WRONG_CONTINUE_EMPTY
		/* mistake: MINOR means that the content is there */
		if
		:: minor[i] && st == EMPTY -> share(); k_continue(r); unshare(); r = 0
		:: else
		fi;
#endif
#ifdef WRONG_CLAIM_NO_CAS
		/* mistake: look, and then claim */
		busy = (st == BUSY);
		atomic {
			if
			:: busy -> W = true
			:: else -> claim(); W = true
			fi; busy = false
		}
#else
		atomic {
			if
#ifdef WRONG_DROP_BUSY
			/* mistake: somebody is at it, so there is nothing to do */
			:: st == BUSY
#else
			:: st == BUSY -> W = true	/* its owner will see */
#endif
			:: else -> claim(); W = true
			fi
		}
#endif
	:: else
	fi
}

#if FAULTERS > 1
#define anything (unread[0] || f[0] || unread[1] || f[1] || event)
#else
#define anything (unread[0] || f[0] || event)
#endif
inline turn()
{
	drain();
	dispatch(0);
#if FAULTERS > 1
	dispatch(1);
#endif
	if
	:: kind != 0 -> own(true)
	:: else
	fi;
#ifdef WRONG_EVENT_LATE
	atomic { if :: late -> late = false; apply() :: else fi }
#endif
}

active proctype reader()
{
	OWNER;
#ifdef WRONG_CLAIM_NO_CAS
	bool busy;
#endif

	MORTAL
end:	do
	:: anything -> turn()
	od
	UNTIL_KILLED
}

#ifdef TAKEOVER
active proctype killer()
{
end:	killed = true
}

/* Whoever goes on: what was claimed is EMPTY, what was read is applied, who waits faults again. */
active proctype successor()
{
	OWNER;

end0:	killed;
	atomic {
		if
#ifdef WRONG_DISOWN_CACHED
		/* mistake: take what was being filled for complete */
		:: st == BUSY -> st = CACHED
#else
		:: st == BUSY -> st = EMPTY
#endif
		:: else
		fi;
#ifdef WRONG_NO_JOURNAL
		/* mistake: what was read and not applied is forgotten */
		journal = false;
#endif
		if
		:: journal -> apply(); journal = false
		:: else
		fi;
#ifdef WRONG_JOURNAL_EARLY
		late_apply = false;
#endif
		W = false; owners = 0; sharers = 0; excl = false; f[0] = false;
#if FAULTERS > 1
		f[1] = false
#endif
	};
#ifndef WRONG_NO_WAKE_AFTER
	/* (mistake: messages that the dead had read are gone, and nobody is woken) */
	k_wake();
#endif
end:	do
	:: anything -> turn()
	od
}
#endif

#ifdef PREFETCH
active proctype prefetcher()
{
	OWNER;

	MORTAL
	atomic {
		if
		:: st == EMPTY -> claim()
		:: else
		fi
	};
	if
	:: kind != 0 -> own(false)
	:: else
	fi
	UNTIL_KILLED
}
#endif

#ifdef DEMAND
/* A thread whose access userfaultfd never sees: it comes back when the page is complete. */
active proctype demander()
{
	OWNER;
	byte fin;

	fin = finished;
	do
	:: atomic {
		if
		:: st == EMPTY -> claim()
		:: st == CACHED || st == POISONED -> break
		:: st == BUSY
		fi };
		if
		:: kind != 0 -> own(false)
		:: else ->
#ifndef WRONG_DEMAND_UNCOUNTED
			/* (mistake: do that after the look) */
			sleepers++;
#endif
			same = true;
			if
			:: st == BUSY ->
#ifdef WRONG_DEMAND_UNCOUNTED
				sleepers++;
#endif
				atomic { asleep = same };	/* FUTEX_WAIT */
				!asleep;
				sleepers--
			:: st != BUSY ->
#ifndef WRONG_DEMAND_UNCOUNTED
				sleepers--
#endif
			fi;
			same = false
		fi
	od;
#ifdef SHARED
	/* it looks at the page cache itself; a hole there reads as zeros */
	atomic {
		assert(st == POISONED || dead ||
			(cache && right(content, fin)) || (!cache && begun > 0))
	}
#endif
progress: skip
}
#endif

#if DISCARDS > 0
inline drop(removed)
{
	atomic {
		if
#ifdef SHARED
		:: pte == MARKER		/* a punched hole leaves the marker */
#endif
		:: pte = HOLE
		fi;
		if
		:: removed -> cache = false; content = NONE; zapped = true
		:: else
		fi
	}
}

active proctype discarder()
{
	byte n;
	bool removed = true;

	do
	:: n < DISCARDS ->
#if defined(KEEP)
		removed = false;
#elif defined(DONTNEED)
		if
		:: removed = true
		:: removed = false
		fi;
#endif
#ifdef KEEP
#define counts false
#else
#define counts true
#endif
#ifdef ANNOUNCED
		/* uffd_discard() (mistake: no events, so no gate) */
#ifdef WRONG_NO_GATE
		atomic { begun = (counts -> begun + 1 : begun); apply() };
#else
		atomic { !excl && sharers == 0 -> excl = true };
		atomic { begun = (counts -> begun + 1 : begun); apply() };
		excl = false;
#endif
#else
		d_step { begun = (counts -> begun + 1 : begun); changing++; event = true };
		!event;			/* asleep until the event has been read */
		changing--;		/* and only then it goes on to drop the page */
#endif
		drop(removed);
		d_step { finished = (removed -> finished + 1 : finished); n++ }
	:: else -> break
	od
}
#endif

#ifdef SPILL
active proctype spiller()
{
end:	atomic {
		if
		:: !cache -> cache = true; content = ZERO
		:: !cache && st == EMPTY -> cache = true; content = TORN
		fi
	}
}
#endif

#ifdef COLLAPSE
active proctype collapser()
{
end:	atomic { cache && pte == HOLE && st == CACHED -> pte = MAPPED }
}
#endif

#ifdef FOREIGN
active proctype writer()
{
end:	atomic { once && !cache -> cache = true; content = DATA }
}
#endif

#ifdef EVICT
/*
 * The evictor owns the page while it drops it: a page that is EMPTY already could be filled and
 * published before the drop hits, and CACHED-but-gone reads as zeros. The drop must raise no event
 * (fallocate), since that would be taken for the user's.
 */
active proctype evictor()
{
	bool took;

end:	atomic { st == CACHED && !D ->
#ifdef WRONG_EVICT_EMPTY
		/* mistake: EMPTY first, then drop */
		st = EMPTY
#else
		st = BUSY; owners++; assert(owners == 1)
#endif
	};
	atomic { pte = HOLE; cache = false; content = NONE; zapped = true };
#ifndef WRONG_EVICT_EMPTY
	atomic { took = W; W = false; st = EMPTY; owners-- };
	notify();
	if
	:: took -> k_wake()
	:: else
	fi
#endif
}
#endif
