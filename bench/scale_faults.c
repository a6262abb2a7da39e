/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a fault end to end among many regions, by the library and by hand. Many mappings make
 * faults dearer in the kernel already: only the comparison shows what the library adds.
 * Must never: touch a page twice.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bare.h"
#include "scale_layout.h"
#include "util.h"

#define METRIC "fault same-cpu p50"

/* Touches pages all over the regions; the median. */
static double touch(const struct scene *s)
{
	size_t count = s->o->quick ? 256 : 4096, each = s->region_length / page_size();
	uint64_t *samples = calloc(count, sizeof(*samples)), median;
	uint32_t *order = shuffled(PAGES_TOTAL);

	if (!samples)
		fatal("out of memory");
	for (size_t i = 0; i < count; i++) {
		const struct place *place = &s->places[order[i] / each];
		const volatile uint64_t *word =
			(const void *)(place->at + order[i] % each * page_size());
		uint64_t start = now_ns(), seen = *word;

		samples[i] = now_ns() - start;
		if (seen != content_word(order[i] % CONTENT_PAGES))
			fatal("scale: a thread saw wrong bytes");
	}
	median = percentile(samples, count, 500);
	for (size_t i = 0; i < count; i++)
		content_verify("scale",
			       s->places[order[i] / each].at + order[i] % each * page_size(),
			       page_size(), order[i] % CONTENT_PAGES);
	free(samples);
	free(order);
	return (double)median / 1e3;
}

void scale_faults(const struct scene *s)
{
	struct loop_thread loop;

	scene_check("uffd_loop_open",
		    loop_thread_start(&loop, s->ctx, cpu_number(0), LIBUFFD_POLLER_AUTO,
				      LIBUFFD_SPIN_ADAPTIVE));
	scene_add(s, s->layout->name, METRIC, "us", s->layout->bare, touch(s));
	loop_thread_stop(&loop);
}

struct by_hand {
	const struct scene *scene;
	int fd;
	uint8_t *last; /* a page of its own: a fault there ends the thread */
};

static const struct place *find_place(const struct scene *s, const uint8_t *address)
{
	size_t low = 0, high = s->layout->regions;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (s->places[middle].at <= address)
			low = middle;
		else
			high = middle;
	}
	return &s->places[low];
}

static void *serve(void *arg)
{
	const struct by_hand *b = arg;

	for (;;) {
		struct uffd_msg msg;
		ssize_t n = read(b->fd, &msg, sizeof(msg));
		const struct place *place;
		uint8_t *address;

		if (n < 0 && errno == EINTR)
			continue;
		if (n != sizeof(msg))
			fatal("reading the userfaultfd: %m");
		address = (uint8_t *)(uintptr_t)(msg.arg.pagefault.address & -page_size());
		place = address == b->last ? b->scene->places : find_place(b->scene, address);
		bare_install(b->fd, (uintptr_t)address,
			     place_content(place, address == b->last
							  ? 0
							  : (uint64_t)(address - place->at)),
			     page_size());
		if (address == b->last)
			return NULL;
	}
}

/* Registers the regions once more, with a blocking read(2) behind them. */
void scale_faults_bare(const struct scene *s)
{
	struct by_hand b = {.scene = s, .fd = bare_open(0), .last = map_anonymous(page_size())};
	pthread_t thread;

	if (b.fd < 0)
		fatal("userfaultfd: error %d", -b.fd);
	for (unsigned int i = 0; i < s->layout->regions; i++)
		scene_check("UFFDIO_REGISTER",
			    bare_register(b.fd, s->places[i].at, s->region_length,
					  UFFDIO_REGISTER_MODE_MISSING));
	scene_check("UFFDIO_REGISTER",
		    bare_register(b.fd, b.last, page_size(), UFFDIO_REGISTER_MODE_MISSING));
	thread = start_thread(cpu_number(0), serve, &b);
	scene_add(s, s->layout->bare, METRIC, "us", NULL, touch(s));
	(void)*(volatile uint8_t *)b.last;
	join_thread(thread);
	close(b.fd);
	unmap(b.last, page_size());
}
