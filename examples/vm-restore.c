/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A virtual machine that runs before its memory has come.
 *
 *   1. A guest fills its memory with a pattern and pauses.
 *   2. Its memory and registers become a snapshot: a sparse file and a small one.
 *   3. A new VM goes on from there at once. Its memory is an empty memfd; what the guest touches,
 *      libuffd brings from the file, and the guest verifies every page in scattered order.
 *
 * Step 3 is restore(); what a program of your own needs is in attach_memory(). examples/vm/ has the
 * parts that are not about userfaultfd.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <uffd.h>

#include "vm/guest.h"
#include "vm/options.h"
#include "vm/progress.h"
#include "vm/snapshot.h"
#include "vm/util.h"

#define MIB (UINT64_C(1) << 20)

/* A guest that does not move for so long will not move any more. */
#define PATIENCE_NS (UINT64_C(30) * 1000000000)

static const struct guest_ops *choose_guest(const struct options *options)
{
	const char *refusal = options->no_kvm ? "--no-kvm" : kvm_refusal();

	if (!refusal)
		return &kvm_guest_ops;
	printf("%s: a thread plays the guest\n", refusal);
	return &thread_guest_ops;
}

/* Runs the guest until it ends, shows how far it is, and stops it if it does not move. */
static enum guest_state run_guest(struct guest *guest, const char *what)
{
	uint64_t moved_at = now_ns(), moved_to = 0;
	struct progress progress;
	enum guest_state state;

	if (guest_start(guest) < 0)
		return GUEST_FAILED;
	progress_begin(&progress, what, guest_pages(guest));
	while ((state = guest_wait(guest, 50)) == GUEST_RUNNING && !interrupted()) {
		uint64_t done = guest->pages_done;

		progress_show(&progress, done);
		if (done != moved_to) {
			moved_to = done;
			moved_at = now_ns();
		} else if (now_ns() - moved_at > PATIENCE_NS) {
			complain_format("the guest", "stuck after %" PRIu64 " pages", done);
			break;
		}
	}
	if (state == GUEST_RUNNING) {
		guest_stop(guest);
		state = GUEST_STOPPED;
	} else if (state == GUEST_PAUSED || state == GUEST_VERIFIED) {
		progress_show(&progress, guest_pages(guest));
	}
	progress_end(&progress);
	return state;
}

/* Step 1: a guest fills memory and pauses. */
static int fill(const struct options *options, void *memory, struct snapshot *snapshot)
{
	struct guest guest;
	int ret = -1;

	if (getrandom(&snapshot->seed, sizeof(snapshot->seed), 0) < 0)
		return complain_error("getrandom", errno);
	if (guest_open(&guest, choose_guest(options), memory, options->memory, snapshot->seed) < 0)
		return -1;
	if (guest.ops->begin(&guest) == 0) {
		enum guest_state state = run_guest(&guest, "filling");

		if (state == GUEST_PAUSED)
			ret = guest.ops->get_cpu(&guest, &snapshot->cpu);
		else if (state != GUEST_STOPPED && state != GUEST_FAILED)
			complain("the guest", "did not pause");
	}
	guest_close(&guest);
	/* A few words of each page are the guest's own work; the others are written for it. */
	if (ret == 0)
		pattern_complete(memory, options->memory, snapshot->seed);
	return ret;
}

/* Steps 1 and 2. */
static int make(const struct options *options, struct snapshot *snapshot)
{
	void *memory = mmap(NULL, options->memory, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int ret;

	if (memory == MAP_FAILED)
		return complain_error("memory", errno);
	snapshot->memory_size = options->memory;
	ret = fill(options, memory, snapshot);
	if (ret == 0)
		ret = snapshot_write(snapshot, memory);
	if (ret == 0)
		printf("snapshot: %s: %" PRIu64 " MiB, of which %" PRIu64 " MiB are holes\n",
		       snapshot->memory_path, snapshot->memory_size / MIB,
		       (snapshot->memory_size - snapshot->memory_data) / MIB);
	munmap(memory, options->memory);
	return ret;
}

/* The new VM's memory, and who brings it. */
struct memory {
	int fd;
	void *at;
	uint64_t size;
	struct uffd_ctx *ctx;
	struct uffd_region *region;
	struct uffd_loop *loop;
	bool user_mode_only;
};

static void log_line(int level, const char *line, void *user)
{
	(void)user;
	if (level <= LIBUFFD_LOG_WARNING)
		complain("libuffd", line);
}

static int open_userfaultfd(struct memory *m)
{
	struct uffd_open_report report = {0};
	struct uffd_ctx_opts opts = {.size = sizeof(opts), .log = log_line, .report = &report};
	char advice[1024];
	int ret = uffd_ctx_open(&m->ctx, &opts);

	if (ret == -EPERM || ret == -EACCES || ret == -ENOSYS) {
		opts.flags = LIBUFFD_CTX_USER_MODE_ONLY;
		ret = uffd_ctx_open(&m->ctx, &opts);
		m->user_mode_only = ret == 0;
	}
	if (ret == 0)
		return 0;
	complain_error("userfaultfd", ret);
	if (uffd_raw_open_advice(&report, advice, sizeof(advice)) > 0)
		fputs(advice, stderr);
	return -1;
}

/* An empty memfd, whose pages libuffd brings from the snapshot when they are touched. */
static int attach_memory(struct memory *m, const struct options *options,
			 const struct snapshot *snapshot)
{
	struct uffd_region_opts region = {.size = sizeof(region)};
	struct uffd_loop_opts loop = {.size = sizeof(loop), .poller = options->poller};
	int ret;

	m->size = snapshot->memory_size;
	m->fd = memfd_create("guest", MFD_CLOEXEC);
	if (m->fd < 0 || ftruncate(m->fd, (off_t)m->size) < 0)
		return complain_error("memfd", errno);
	m->at = mmap(NULL, m->size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	if (m->at == MAP_FAILED)
		return complain_error("mmap", errno);
	if (open_userfaultfd(m) < 0)
		return -1;

	ret = uffd_source_open_file(&region.source, snapshot->memory_path, NULL);
	if (ret < 0)
		return complain_error(snapshot->memory_path, ret);
	region.flags = LIBUFFD_REGION_FD;
	region.fd = m->fd;
	region.fault_around = options->fault_around;
	/* MISSING: pages that nobody has. MINOR: pages in the memfd that this mapping lacks yet. */
	ret = uffd_region_add(&m->region, m->ctx, m->at, m->size, LIBUFFD_MISSING | LIBUFFD_MINOR,
			      &region);
	uffd_source_close(region.source); /* the region keeps it */
	if (ret < 0)
		return complain_error("uffd_region_add", ret);
	ret = uffd_loop_start(&m->loop, m->ctx, &loop);
	if (ret < 0)
		return complain_error("uffd_loop_start", ret);
	return 0;
}

/* Nobody will touch the memory again: what has not come by now need not come. */
static void stop_serving(struct memory *m)
{
	int ret;

	if (m->loop && (ret = uffd_loop_close(m->loop)) < 0)
		complain_error("uffd_loop_close", ret);
	/* Whoever still waits for a page gets zeros. */
	if (m->ctx && (ret = uffd_ctx_close(m->ctx, LIBUFFD_CLOSE_DROP)) < 0)
		complain_error("uffd_ctx_close", ret);
	m->loop = NULL;
	m->ctx = NULL;
}

static void free_memory(struct memory *m)
{
	stop_serving(m);
	if (m->at != MAP_FAILED)
		munmap(m->at, m->size);
	if (m->fd >= 0)
		close(m->fd);
}

static const struct guest_ops *choose_restored_guest(const struct options *options,
						     const struct snapshot *snapshot,
						     const struct memory *m)
{
	const struct guest_ops *ops;

	if (m->user_mode_only && !options->no_kvm) {
		/* KVM's own accesses to the memory would not fault but fail. */
		printf("userfaultfd for user mode only, which KVM cannot run on: "
		       "a thread plays the guest\n");
		return &thread_guest_ops;
	}
	ops = choose_guest(options);
	if (ops == &kvm_guest_ops && strcmp(snapshot->cpu.kind, ops->name)) {
		printf("no registers for KVM in the snapshot: a thread plays the guest\n");
		ops = &thread_guest_ops;
	}
	return ops;
}

static void report(const struct uffd_stats *s, const struct guest *guest, uint64_t begin_ns)
{
	printf("time to first guest instruction %10.3f ms\n",
	       (double)(guest->resumed_ns - begin_ns) / 1e6);
	printf("time to last page               %10.3f ms\n",
	       (double)(guest->ended_ns - begin_ns) / 1e6);
	printf("faults  missing %" PRIu64 ", minor %" PRIu64 "\n", s->faults_missing,
	       s->faults_minor);
	printf("pages   by fault %" PRIu64 ", fault-around %" PRIu64 ", prefetch %" PRIu64
	       ", demand %" PRIu64 "\n",
	       s->pages_fault, s->pages_around, s->pages_prefetch, s->pages_demand);
	printf("latency p50 %.1f us, p99 %.1f us\n", (double)uffd_stats_latency(s, 500) / 1e3,
	       (double)uffd_stats_latency(s, 990) / 1e3);
	printf("poller  %s%s\n", s->poller == LIBUFFD_POLLER_URING ? "io_uring" : "poll",
	       s->multishot ? ", multishot" : "");
}

/* Looks at every byte through a mapping that raises no faults: is it in the memfd, and right? */
static int verify_on_host(const struct memory *m, const struct snapshot *snapshot)
{
	struct pattern_place bad;
	int ret = 0;
	void *at = mmap(NULL, m->size, PROT_READ, MAP_SHARED, m->fd, 0);

	if (at == MAP_FAILED)
		return complain_error("mmap", errno);
	if (!pattern_verify(at, m->size, snapshot->seed, &bad))
		ret = complain_format("the host", "page %" PRIu64 " is wrong at byte %u", bad.page,
				      bad.word * 8);
	munmap(at, m->size);
	return ret;
}

/* Did it end well? */
static int check_end(enum guest_state state, const struct guest *guest)
{
	switch (state) {
	case GUEST_VERIFIED:
		return 0;
	case GUEST_BAD_PAGE:
		return complain_format("the guest", "page %" PRIu64 " is wrong at byte %u",
				       guest->bad.page, guest->bad.word * 8);
	case GUEST_PAUSED:
		return complain("the guest", "did not go on");
	default:
		return -1; /* stopped, or it has said why */
	}
}

static int run_restored(const struct options *options, const struct snapshot *snapshot,
			struct memory *m, uint64_t begin_ns)
{
	struct uffd_stats stats = {.size = sizeof(stats)};
	enum guest_state state = GUEST_FAILED;
	static struct guest guest; /* for a thread that may outlive this call: see below */
	int ret;

	if (guest_open(&guest, choose_restored_guest(options, snapshot, m), m->at, m->size,
		       snapshot->seed) < 0)
		return -1;
	if (guest.ops->set_cpu(&guest, &snapshot->cpu) == 0)
		state = run_guest(&guest, "verifying");
	ret = uffd_ctx_stats(m->ctx, &stats);
	stop_serving(m);
	if (!guest_close(&guest)) {
		m->at = MAP_FAILED; /* it may still run there: leave it alone until exit */
		return -1;
	}
	if (check_end(state, &guest) < 0)
		return -1;
	if (ret < 0)
		return complain_error("uffd_ctx_stats", ret);
	report(&stats, &guest, begin_ns);
	return 0;
}

/* Step 3. */
static int restore(const struct options *options, struct snapshot *snapshot)
{
	struct memory m = {.fd = -1, .at = MAP_FAILED};
	uint64_t begin_ns = now_ns();
	int ret = -1;

	if (snapshot_read(snapshot) < 0)
		return -1;
	if (attach_memory(&m, options, snapshot) == 0 &&
	    run_restored(options, snapshot, &m, begin_ns) == 0)
		ret = verify_on_host(&m, snapshot);
	free_memory(&m);
	if (ret == 0)
		printf("every page verified\n");
	return ret;
}

/* All steps, in a directory that is gone afterwards. */
static int demonstrate(const struct options *options)
{
	const char *parent = getenv("TMPDIR");
	struct snapshot snapshot = {0};
	char dir[PATH_MAX - 16], path[PATH_MAX];
	int ret = -1;

	snprintf(dir, sizeof(dir), "%s/vm-restore-XXXXXX", parent && *parent ? parent : "/tmp");
	if (!mkdtemp(dir))
		return complain_error(dir, errno);
	snprintf(path, sizeof(path), "%s/guest", dir);
	if (snapshot_name(&snapshot, path) == 0 && make(options, &snapshot) == 0)
		ret = restore(options, &snapshot);
	snapshot_remove(&snapshot);
	if (rmdir(dir) < 0)
		return complain_error(dir, errno);
	return ret;
}

static const char help[] =
	"vm-restore [options]                make and restore, in a temporary directory\n"
	"vm-restore make --snapshot PATH     run a guest, write its snapshot\n"
	"vm-restore restore --snapshot PATH  run it before its memory has come\n"
	"\n";

static int run(const struct options *options)
{
	struct snapshot snapshot = {0};

	if (!options->command) {
		if (options->snapshot)
			return complain("--snapshot", "is for make and restore");
		return demonstrate(options);
	}
	if (strcmp(options->command, "make") && strcmp(options->command, "restore"))
		return complain(options->command, "no such command; see --help");
	if (!options->snapshot)
		return complain(options->command, "wants --snapshot PATH");
	if (snapshot_name(&snapshot, options->snapshot) < 0)
		return -1;
	if (!strcmp(options->command, "make"))
		return make(options, &snapshot);
	return restore(options, &snapshot);
}

int main(int argc, char **argv)
{
	struct options options;
	int ret;

	if (options_parse(&options, argc, argv) < 0)
		return EXIT_FAILURE;
	if (options.help) {
		printf("%s%s", help, options_help);
		return EXIT_SUCCESS;
	}
	catch_interrupts();
	ret = run(&options);
	if (interrupted()) {
		complain("stopped", "by a signal");
		return 130;
	}
	return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
