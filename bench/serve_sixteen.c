/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: whether a fault waits longer because its server has other VMs: sixteen of them against one.
 * Must never: give the two different work, or so much of it that it is throughput that is measured.
 *
 * In both variants the same sixteen threads run, each with a sixteenth of memory and of the file,
 * and touch the same pages at the same (random) intervals, a sixteenth of all faults each. The only
 * difference is whose memory it is: all of it one VM's, or each part that of a VM of its own. One
 * thread with all of the faults would be no fair single VM: its faults never meet, and its server
 * need not fall asleep between them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "content.h"
#include "serve.h"
#include "serve_server.h"
#include "serve_vm.h"

#define VMS 16

/*
 * Of each thread, nanoseconds: 4000 faults a second in all, which take a CPU some tenths of a
 * second.
 */
#define INTERVAL_NS 4000000

/* Far more than it takes, whatever --size and the machine's other load are. */
#define MEASURE_MS 600000

static const struct kind {
	const char *name;
	int vms;
} kinds[] = {{"one-vm", 1}, {"sixteen-vms", VMS}};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* In memory that VMs share with the bench. */
struct figures {
	uint32_t threads; /* of each VM */
	uint32_t windows; /* of each thread; the first one is not measured */
	uint64_t seed;    /* another one in each round */
	uint64_t samples[];
};

struct thread {
	struct serve_guest *guest;
	struct figures *figures;
	uint64_t first;  /* page of the guest */
	uint64_t number; /* among all threads, of all VMs */
	pthread_t thread;
};

static size_t touches(const struct figures *f)
{
	return f->windows - 1;
}

static void sleep_until(uint64_t ns)
{
	struct timespec t = {.tv_sec = (time_t)(ns / 1000000000),
			     .tv_nsec = (long)(ns % 1000000000)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* Each window once, one page of it that is any. */
static void shuffle(const struct figures *f, struct random *random, uint32_t *pages)
{
	uint32_t window = (uint32_t)(SERVE_WINDOW / page_size()), other;

	for (uint32_t i = 0; i < touches(f); i++) {
		other = (uint32_t)random_below(random, i + 1);
		pages[i] = pages[other];
		pages[other] = (i + 1) * window + (uint32_t)random_below(random, window);
	}
}

/* Where a thread is late the next fault is, too: a burst would be another load. */
static void touch_paced(const struct thread *t, struct random *random, const uint32_t *pages,
			uint64_t *samples)
{
	uint64_t next = now_ns() + random_below(random, INTERVAL_NS), now, faults, page, word;

	faults = serve_guest_faults();
	for (size_t i = 0; i < touches(t->figures); i++) {
		sleep_until(next);
		page = t->first + pages[i];
		word = serve_guest_touch(t->guest, page, &samples[i]);
		if (word != content_word(t->guest->first + page))
			fatal("serve: a thread saw wrong bytes");
		now = now_ns();
		next += INTERVAL_NS / 2 + random_below(random, INTERVAL_NS);
		next = next > now ? next : now;
	}
	faults = serve_guest_faults() - faults;
	if (faults < touches(t->figures))
		fatal("serve: %zu touches were %llu faults", touches(t->figures),
		      (unsigned long long)faults);
}

static void *run(void *arg)
{
	struct thread *t = arg;
	struct random random = {.state = t->figures->seed + t->number};
	uint64_t *samples = t->figures->samples + t->number * touches(t->figures);
	uint32_t *pages = calloc(touches(t->figures), sizeof(*pages));

	if (!pages)
		fatal("out of memory");
	shuffle(t->figures, &random, pages);
	/* No fault of these counts. */
	memset(samples, 0, touches(t->figures) * sizeof(*samples));
	touch_paced(t, &random, pages, samples);
	free(pages);
	return NULL;
}

static void guest(struct serve_guest *g, void *shared)
{
	struct figures *f = shared;
	uint64_t pages = f->windows * (SERVE_WINDOW / page_size());
	struct thread threads[VMS];

	for (uint32_t i = 0; i < f->threads; i++) {
		threads[i] = (struct thread){
			.guest = g,
			.figures = f,
			.first = i * pages,
			.number = g->first / pages + i,
		};
		threads[i].thread = start_thread(-1, run, &threads[i]);
	}
	for (uint32_t i = 0; i < f->threads; i++)
		join_thread(threads[i].thread);
	content_verify("serve", g->memory, g->length, g->first);
}

static void report(const struct serve *s, int round, const struct kind *kind, struct figures *f)
{
	size_t all = VMS * touches(f), each = all / (size_t)kind->vms;
	uint64_t worst = 0;

	for (int i = 0; i < kind->vms; i++) {
		uint64_t p99 = percentile(f->samples + (size_t)i * each, each, 990);

		worst = p99 > worst ? p99 : worst;
	}
	result_add(s->results, round, "serve", kind->name, "worst p99", "us", kinds[0].name,
		   (double)worst / 1e3);
	result_add(s->results, round, "serve", kind->name, "p50", "us", kinds[0].name,
		   (double)percentile(f->samples, all, 500) / 1e3);
}

static void measure(struct serve *s, int round, const struct kind *kind, struct figures *f)
{
	uint64_t length = s->length / (uint64_t)kind->vms;
	struct serve_server server;
	struct serve_vm vms[VMS];

	f->threads = (uint32_t)(VMS / kind->vms);
	f->windows = (uint32_t)(s->length / VMS / SERVE_WINDOW);
	f->seed = (uint64_t)(round + 1) * VMS;
	serve_server_start(&server, s, false);
	serve_server_await(&server, "listening");
	for (int i = 0; i < kind->vms; i++)
		serve_vm_start(&vms[i], s, &server, (uint64_t)i * length, length, guest, f);
	for (int i = 0; i < kind->vms; i++)
		serve_vm_step(&vms[i]);
	for (int i = 0; i < kind->vms; i++)
		serve_vm_end(&vms[i], &server, MEASURE_MS);
	serve_server_stop(&server);
	report(s, round, kind, f);
}

void serve_sixteen(struct serve *s)
{
	size_t size = sizeof(struct figures) + s->length / SERVE_WINDOW * sizeof(uint64_t);
	struct figures *f = map_fresh(size, true);
	int rounds = serve_rounds(s, 5, 2);

	for (int round = -1; round < rounds; round++) {
		for (size_t i = 0; i < KINDS; i++) {
			const struct kind *kind = &kinds[turn_of(i, round, KINDS)];

			if (wanted(s->o, kind->name))
				measure(s, round, kind, f);
		}
	}
	unmap(f, size);
}
