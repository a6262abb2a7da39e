/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a guest played by a thread: the programs of guest.S and count.S in C, for machines without
 * KVM and for userfaultfds that serve faults of user mode only.
 * Must never: call anything between two touches of memory that a jump out of a signal handler may
 * not leave.
 */
#include "guest.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "util.h"

/* Where the thread is to go when a page will never come (SIGBUS), or when it is to stop. */
static __thread sigjmp_buf way_out;
static __thread struct guest *volatile current;

static void on_signal(int signal)
{
	if (current && (signal == SIGBUS || current->stop))
		siglongjmp(way_out, signal);
	if (signal == SIGBUS)
		abort();
}

static volatile uint64_t *page_at(struct guest *guest, uint64_t page)
{
	return (volatile uint64_t *)guest->memory + page * PATTERN_WORDS;
}

/* The words that the guest of guest.S looks at, too. */
static const unsigned int positions[] = {0, PATTERN_GUEST_MIDDLE, PATTERN_GUEST_LAST};

static void write_generation(struct guest *guest, uint32_t generation)
{
	uint64_t pages = guest->size >> PATTERN_PAGE_SHIFT;

	for (uint64_t page = LAYOUT_FIRST_PAGE; page < pages; page++) {
		volatile uint64_t *at = page_at(guest, page);

		/* What nobody has written is zero as it is. */
		if (pattern_writes(generation, page) &&
		    (generation || !pattern_is_zero(generation, page)))
			for (unsigned int i = 0; i < 3; i++)
				at[positions[i]] = pattern_word(guest->pattern.seed, generation,
								page, positions[i]);
		guest_out(guest, PORT_PROGRESS, (uint32_t)(page + 1 - LAYOUT_FIRST_PAGE));
	}
	guest->state = GUEST_PAUSED;
}

static void fill(struct guest *guest)
{
	write_generation(guest, 0);
}

static void change(struct guest *guest)
{
	guest_out(guest, PORT_RESUMED, 0);
	write_generation(guest, guest->pattern.generation + 1);
}

static void verify(struct guest *guest)
{
	uint64_t pages = guest->size >> PATTERN_PAGE_SHIFT;
	uint64_t mask = pattern_mask(pages);
	uint64_t page = 0;
	uint32_t done = 0;

	guest_out(guest, PORT_RESUMED, 0);
	for (uint64_t n = 0; n <= mask; n++) {
		uint32_t generation;
		volatile uint64_t *at;

		page = pattern_next(page, mask);
		if (page < LAYOUT_FIRST_PAGE || page >= pages)
			continue;
		at = page_at(guest, page);
		generation = pattern_generation(&guest->pattern, page);
		for (unsigned int i = 0; i < 3; i++) {
			if (at[positions[i]] !=
			    pattern_word(guest->pattern.seed, generation, page, positions[i])) {
				guest_out(guest, PORT_BAD_PAGE, (uint32_t)page);
				guest_out(guest, PORT_BAD_WORD, positions[i]);
				return;
			}
		}
		guest_out(guest, PORT_PROGRESS, ++done);
	}
	/* This one may print: no jumps any more. */
	current = NULL;
	guest_out(guest, PORT_VERIFIED, done);
}

/* The thread's registers. */
struct thread_guest {
	void (*next)(struct guest *guest); /* what it does */
	unsigned int rounds;               /* ends of rounds to come, 0: for ever */
};

/* The n-th of the words that a guest counts in. */
static volatile uint64_t *counted_word(struct guest *guest, uint64_t n)
{
	return page_at(guest, LAYOUT_FIRST_PAGE + n / 3) + positions[n % 3];
}

/* A round from word n to its end; false: the word before is not there. */
static bool count_round(struct guest *guest, uint64_t number, uint64_t n)
{
	for (uint64_t words = 3 * guest_pages(guest); n < words; n++) {
		volatile uint64_t *at = counted_word(guest, n);

		if (*at != number - 1) {
			guest_out(guest, PORT_BAD_PAGE, (uint32_t)(LAYOUT_FIRST_PAGE + n / 3));
			guest_out(guest, PORT_BAD_WORD, positions[n % 3]);
			return false;
		}
		*at = number;
		if (n % 3 == 2)
			guest_out(guest, PORT_PROGRESS, (uint32_t)(n / 3 + 1));
	}
	guest_out(guest, PORT_ROUND, (uint32_t)number);
	return true;
}

/* The program of count.S. */
static void count(struct guest *guest)
{
	struct thread_guest *t = guest->impl;
	uint64_t words = 3 * guest_pages(guest), n = 0;
	uint64_t number = *counted_word(guest, 0);

	/* Where was it? */
	while (n < words && *counted_word(guest, n) == number)
		n++;
	do {
		if (n == words) {
			number++;
			n = 0;
		}
		if (!count_round(guest, number, n))
			return;
		n = words;
	} while (!t->rounds || --t->rounds);
	/* This one may print: no jumps any more. */
	current = NULL;
	guest_out(guest, PORT_VERIFIED, (uint32_t)(n / 3));
}

static int thread_guest_open(struct guest *guest)
{
	struct thread_guest *t = calloc(1, sizeof(*t));

	if (!t)
		return complain_error("a guest", ENOMEM);
	guest->impl = t;
	return 0;
}

static int thread_guest_begin(struct guest *guest)
{
	struct thread_guest *t = guest->impl;

	/* So that the snapshot tells whose memory this is, as the KVM guest's does. */
	page_at(guest, 0)[PARAMETER_SEED / 8] = guest->pattern.seed;
	t->next = guest->pattern.program == PROGRAM_COUNT ? count : fill;
	return 0;
}

static int thread_guest_get_cpu(struct guest *guest, struct guest_cpu *cpu)
{
	memset(cpu, 0, sizeof(*cpu));
	snprintf(cpu->kind, sizeof(cpu->kind), "%s", guest->ops->name);
	return 0;
}

/* A thread can go on for a KVM guest, too: behind a pause, or where memory says it was counting. */
static int thread_guest_set_cpu(struct guest *guest, const struct guest_cpu *cpu, unsigned int task)
{
	struct thread_guest *t = guest->impl;

	(void)cpu;
	t->next = verify;
	if (task == TASK_CHANGE)
		t->next = change;
	if (guest->pattern.program == PROGRAM_COUNT) {
		t->next = count;
		t->rounds = task;
	}
	return 0;
}

static void thread_guest_run(struct guest *guest)
{
	struct sigaction sa = {.sa_handler = on_signal};
	struct thread_guest *t = guest->impl;
	int signal;

	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	signal = sigsetjmp(way_out, 1);
	if (!signal) {
		current = guest;
		if (!guest->stop)
			t->next(guest);
	}
	current = NULL;
	if (signal == SIGBUS) {
		complain("the guest", "SIGBUS: a page could not be brought");
		guest->state = GUEST_FAILED;
	} else if (guest->state == GUEST_RUNNING) {
		guest->state = GUEST_STOPPED;
	}
}

static void thread_guest_kick(struct guest *guest)
{
	pthread_kill(guest->thread, SIGUSR1);
}

static void thread_guest_close(struct guest *guest)
{
	free(guest->impl);
	guest->impl = NULL;
}

const struct guest_ops thread_guest_ops = {
	.name = "thread",
	.open = thread_guest_open,
	.begin = thread_guest_begin,
	.get_cpu = thread_guest_get_cpu,
	.set_cpu = thread_guest_set_cpu,
	.run = thread_guest_run,
	.kick = thread_guest_kick,
	.close = thread_guest_close,
};
