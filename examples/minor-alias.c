/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * minor-alias: what a compacting collector does. The heap is a memfd, mapped twice. Mutators see
 * one mapping; the collector moves objects through the other, in place, while every page that it
 * has not finished is missing for the mutators. A page that one of them touches is compacted first,
 * and UFFDIO_CONTINUE hands it over: no byte is copied a second time.
 *
 * Here half of from-space's objects are dead; the live ones slide to to-space in order.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uffd.h>

#define PAGE     4096u
#define PAGES    2048u /* of to-space */
#define PER_PAGE (PAGE / sizeof(struct object))

struct object {
	uint64_t id;
	uint64_t payload[7];
};

static struct object *from_space; /* 2 * PAGES, plain memory here; every second object is dead */
static struct object *to_space;   /* what mutators see */

static int check(int ret, const char *what)
{
	if (ret < 0) {
		fprintf(stderr, "minor-alias: %s: %s\n", what, strerror(-ret));
		exit(1);
	}
	return ret;
}

/* The pages of the extent are ours until uffd_continue(): nobody sees them half done. */
static int compact(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	struct object *to = uffd_region_alias(region);
	uint64_t first = extent->offset / sizeof(*to);
	uint64_t count = extent->length / sizeof(*to);

	(void)user;
	for (uint64_t i = first; i < first + count; i++)
		to[i] = from_space[2 * i]; /* the i-th live object */
	return uffd_continue(region, extent->offset, extent->length, 0);
}

static void *mutate(void *arg)
{
	uint64_t wrong = 0, at = (uint64_t)(uintptr_t)arg;

	for (uint64_t i = 0; i < 200000; i++) {
		at = (at * 6364136223846793005u + 1442695040888963407u);
		uint64_t live = (at >> 33) % (PAGES * PER_PAGE);
		const struct object *o = &to_space[live];

		wrong += o->id != 2 * live || o->payload[6] != ~o->id;
	}
	return (void *)(uintptr_t)wrong;
}

static void fill_from_space(void)
{
	from_space = calloc(2 * PAGES * PER_PAGE, sizeof(*from_space));
	for (uint64_t i = 0; from_space && i < 2 * PAGES * PER_PAGE; i++)
		from_space[i] = (struct object){.id = i, .payload[6] = ~i};
}

int main(void)
{
	struct uffd_ctx_opts user_mode = {.size = sizeof(user_mode),
					  .flags = LIBUFFD_CTX_USER_MODE_ONLY};
	struct uffd_region_opts opts = {
		.size = sizeof(opts),
		.flags = LIBUFFD_REGION_FD | LIBUFFD_REGION_ALIAS,
		.fd = memfd_create("heap", MFD_CLOEXEC),
		.fault = compact,
	};
	struct uffd_stats stats = {.size = sizeof(stats)};
	uint64_t wrong = 0;
	struct uffd_ctx *ctx;
	struct uffd_region *region;
	struct uffd_loop *loop;
	pthread_t mutators[2];

	fill_from_space();
	check(from_space && ftruncate(opts.fd, PAGES * PAGE) == 0 ? 0 : -12, "memory");
	to_space = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, opts.fd, 0);
	check(to_space == MAP_FAILED ? -12 : 0, "mmap");
	check(uffd_ctx_open(&ctx, &user_mode), "userfaultfd");
	check(uffd_region_add(&region, ctx, to_space, PAGES * PAGE, LIBUFFD_MISSING | LIBUFFD_MINOR,
			      &opts),
	      "region");
	check(uffd_loop_start(&loop, ctx, NULL), "loop");

	for (uint64_t i = 0; i < 2; i++)
		pthread_create(&mutators[i], NULL, mutate, (void *)(uintptr_t)(i + 1));
	/* The collector goes through what nobody has asked for yet. */
	check(uffd_prefetch(region, 0, PAGES * PAGE), "compaction");
	for (uint64_t i = 0; i < 2; i++) {
		void *bad;

		pthread_join(mutators[i], &bad);
		wrong += (uintptr_t)bad;
	}
	check(uffd_ctx_stats(ctx, &stats), "stats");
	printf("%u pages: %llu compacted because a mutator came, %llu in the background, %llu "
	       "wrong "
	       "objects\n",
	       PAGES, (unsigned long long)(stats.pages_fault + stats.pages_around),
	       (unsigned long long)stats.pages_prefetch, (unsigned long long)wrong);

	check(uffd_loop_close(loop), "close the loop");
	check(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), "close the context");
	munmap(to_space, PAGES * PAGE);
	close(opts.fd);
	free(from_space);
	return wrong != 0;
}
