/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what live.h says. Must never: see live.h. */
#include "live.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "count.h"
#include "layout.h"
#include "memory.h"
#include "play.h"
#include "util.h"

/* Memory whose pages can be protected, and who answers when one of them is written. */
static int attach(struct live *live, bool kvm)
{
	struct uffd_region_opts region = {.size = sizeof(region)};
	struct uffd_loop_opts loop = {.size = sizeof(loop), .poller = live->options->vm.poller};
	int ret;

	if (kvm)
		region.flags = LIBUFFD_REGION_KVM;
	ret = uffd_region_add(&live->region, live->ctx, live->at, live->size, LIBUFFD_WP, &region);
	if (ret < 0)
		return complain_error("uffd_region_add", ret);
	ret = uffd_loop_start(&live->loop, live->ctx, &loop);
	if (ret < 0)
		return complain_error("uffd_loop_start", ret);
	return 0;
}

/* What an incremental snapshot is of. SYNC, since snapshots do not go with ASYNC. */
static int track(struct live *live)
{
	struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = LIBUFFD_DIRTY_SYNC};
	int ret = uffd_dirty_start(&live->dirty, live->region, &opts);

	return ret < 0 ? complain_error("uffd_dirty_start", ret) : 0;
}

static const struct guest_ops *choose_live_guest(const struct live *live)
{
	if (!live->user_mode_only || live->options->vm.no_kvm)
		return choose_guest(&live->options->vm);
	printf("userfaultfd for user mode only, which KVM cannot run on: "
	       "a thread plays the guest\n");
	return &thread_guest_ops;
}

/* The guest, and what is in its memory before it runs. */
static int prepare(struct live *live, const struct guest_ops *ops)
{
	struct pattern pattern = {.program = PROGRAM_COUNT};

	if (getrandom(&pattern.seed, sizeof(pattern.seed), 0) < 0)
		return complain_error("getrandom", errno);
	if (guest_open(&live->guest, ops, live->at, live->size, &pattern) < 0)
		return -1;
	live->opened = true;
	pattern_complete(live->at, live->size, &pattern);
	if (ops->begin(&live->guest) < 0)
		return -1;
	return ops->get_cpu(&live->guest, &live->begin);
}

int live_begin(struct live *live, const struct live_options *options, bool tracked)
{
	const struct guest_ops *ops;

	*live = (struct live){.options = options, .size = options->vm.memory};
	live->at = mmap(NULL, live->size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (live->at == MAP_FAILED)
		return complain_error("memory", errno);
	/* So pages that nobody has touched yet can be protected, too. */
	if (memory_open_context(&live->ctx, UFFD_FEATURE_WP_UNPOPULATED, &live->user_mode_only) < 0)
		return -1;
	ops = choose_live_guest(live);
	live->stops = ops == &kvm_guest_ops && !options->no_stop;
	if (attach(live, ops == &kvm_guest_ops) < 0 || prepare(live, ops) < 0)
		return -1;
	if (tracked && track(live) < 0)
		return -1;
	return guest_start(&live->guest);
}

int live_count_on(struct live *live, uint64_t pages)
{
	uint64_t until = live->guest.counted + pages, moved_at = 0, moved_to = 0;

	while (live->guest.counted < until) {
		enum guest_state state = guest_wait(&live->guest, 1);

		if (state != GUEST_RUNNING)
			return check_end(&live->guest, state, GUEST_RUNNING);
		if (interrupted())
			return -1;
		if (is_stuck(live->guest.counted, &moved_to, &moved_at))
			return complain_format("the guest", "stuck after %" PRIu64 " pages",
					       moved_to);
	}
	return 0;
}

static int look(const struct live *live)
{
	struct pattern_place bad;
	struct count count;

	if (!count_verify(live->at, live->size, &live->guest.pattern, &count, &bad))
		return complain_format("the guest", "page %" PRIu64 " is wrong at byte %u",
				       bad.page, bad.word * 8);
	printf("the guest has counted to %" PRIu64 "\n", count.newest);
	return 0;
}

/* Nobody is asked any more whether a page may be written. */
static void detach(struct live *live)
{
	int ret;

	if (live->dirty && (ret = uffd_dirty_stop(live->dirty)) < 0)
		complain_error("uffd_dirty_stop", ret);
	if (live->loop && (ret = uffd_loop_close(live->loop)) < 0)
		complain_error("uffd_loop_close", ret);
	if (live->ctx && (ret = uffd_ctx_close(live->ctx, LIBUFFD_CLOSE_REFUSE)) < 0)
		complain_error("uffd_ctx_close", ret);
	live->dirty = NULL;
	live->loop = NULL;
	live->ctx = NULL;
}

int live_end(struct live *live)
{
	bool ran = live->opened && live->guest.started;
	bool gone = !live->opened || guest_stop(&live->guest);
	int ret = -1;

	detach(live);
	if (gone && ran && check_end(&live->guest, live->guest.state, GUEST_STOPPED) == 0)
		ret = look(live);
	/* One that could not be stopped may still run there: leave it alone until exit. */
	if (live->opened && !guest_close(&live->guest))
		return -1;
	if (live->at != MAP_FAILED)
		munmap(live->at, live->size);
	return ret;
}
