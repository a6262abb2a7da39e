/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: taking a snapshot of a guest that runs. Must never: leave half a snapshot. */
#include "live_take.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "play.h"
#include "progress.h"
#include "snapshot.h"
#include "util.h"

#define LOOK_EVERY_NS 20000000 /* at how far it is */

/* One that is being taken. */
struct taking {
	struct live *live;
	struct snapshot snapshot;
	struct uffd_snapshot *handle;
	uint64_t began_ns;
	uint64_t stopped_ns; /* how long the vCPU was */
	struct taken *taken;
};

/* The vCPU and its registers stand still around the instant, and only there. */
static int arm_stopped(struct taking *t)
{
	struct guest *guest = &t->live->guest;
	uint64_t stopped_at = now_ns();
	int ret;

	if (!guest_stop(guest))
		return complain("the guest", "cannot be stopped");
	if (check_end(guest, guest->state, GUEST_STOPPED) < 0)
		return -1;
	t->taken->least = guest->counted;
	t->taken->most = t->taken->least + 1; /* it may have been about to say so */
	ret = uffd_snapshot_arm(t->handle);
	if (ret < 0)
		complain_error("uffd_snapshot_arm", ret);
	else
		ret = guest->ops->get_cpu(guest, &t->snapshot.cpu);
	if (guest_start(guest) < 0)
		return -1;
	t->stopped_ns = now_ns() - stopped_at;
	return ret < 0 ? -1 : 0;
}

/* Nothing but memory is saved: who writes to it need not be stopped. */
static int arm_running(struct taking *t)
{
	int ret;

	t->taken->least = t->live->guest.counted;
	ret = uffd_snapshot_arm(t->handle);
	t->taken->most = t->live->guest.counted + 1; /* it may have been about to say so */
	t->snapshot.cpu = t->live->begin;
	return ret < 0 ? complain_error("uffd_snapshot_arm", ret) : 0;
}

static struct uffd_snapshot_progress look(const struct taking *t)
{
	struct uffd_snapshot_progress now = {.size = sizeof(now)};

	uffd_snapshot_progress(t->handle, &now);
	return now;
}

/* The guest counts meanwhile. */
static int await(struct taking *t)
{
	const struct guest *guest = &t->live->guest;
	struct progress progress;
	struct timespec deadline;
	int ret;

	progress_begin(&progress, "saving", look(t).bytes_total);
	do {
		uint64_t until = now_ns() + LOOK_EVERY_NS;

		deadline.tv_sec = (time_t)(until / 1000000000);
		deadline.tv_nsec = (long)(until % 1000000000);
		ret = uffd_snapshot_wait(t->handle, &deadline);
		progress_also(&progress, "guest", guest->pages_done, guest_pages(guest));
		progress_show(&progress, look(t).bytes_done);
	} while (ret == -ETIMEDOUT && !interrupted());
	progress_end(&progress);
	if (ret < 0 && !interrupted())
		return complain_error(t->snapshot.memory_path, ret);
	return ret;
}

static void report(const struct taking *t, const struct uffd_snapshot_progress *p)
{
	printf("%s: %s: %.1f MiB, %.1f of them written, in %.1f ms\n",
	       t->snapshot.pattern.generation ? "diff" : "snapshot", t->snapshot.memory_path,
	       (double)p->bytes_total / 0x1p20, (double)p->bytes_written / 0x1p20,
	       (double)(now_ns() - t->began_ns) / 1e6);
	printf("  %" PRIu64 " pages copied out of turn, for the guest to write them; it was held "
	       "for %.3f ms",
	       p->bytes_waited / uffd_region_page_size(t->live->region), (double)p->pause_ns / 1e6);
	if (t->live->stops)
		printf("; its vCPU was stopped for %.3f ms\n", (double)t->stopped_ns / 1e6);
	else
		printf("; it was never stopped\n");
}

static int take(struct taking *t, int fd)
{
	const struct uffd_snapshot_part part = {.region = t->live->region};
	struct uffd_snapshot_opts opts = {
		.size = sizeof(opts),
		.flags = t->snapshot.pattern.generation ? LIBUFFD_SNAPSHOT_INCREMENTAL : 0,
		.buffer_bytes = t->live->options->buffer,
	};
	struct uffd_snapshot_progress p;
	int ret, closed;

	t->began_ns = now_ns();
	ret = uffd_snapshot_start(&t->handle, &part, 1, fd, &opts);
	if (ret < 0)
		return complain_error(t->snapshot.memory_path, ret);
	ret = t->live->stops ? arm_stopped(t) : arm_running(t);
	if (ret == 0)
		ret = await(t);
	p = look(t);
	closed = uffd_snapshot_close(t->handle);
	if (closed < 0)
		return complain_error("uffd_snapshot_close", closed);
	if (ret == 0)
		report(t, &p);
	return ret;
}

int live_take(struct live *live, const char *path, uint32_t generation, struct taken *taken)
{
	struct taking t = {.live = live, .taken = taken};
	int ret, fd;

	if (snapshot_name(&t.snapshot, path) < 0)
		return -1;
	t.snapshot.memory_size = live->size;
	t.snapshot.pattern = live->guest.pattern;
	t.snapshot.pattern.generation = generation;
	/* The state comes last: half a snapshot has none. */
	unlink(t.snapshot.state_path);
	fd = open(t.snapshot.memory_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return complain_error(t.snapshot.memory_path, errno);
	ret = take(&t, fd);
	if (close(fd) < 0 && ret == 0)
		ret = complain_error(t.snapshot.memory_path, errno);
	if (ret == 0)
		ret = snapshot_write_state(&t.snapshot);
	if (ret < 0)
		snapshot_remove(&t.snapshot);
	return ret < 0 ? -1 : 0;
}
