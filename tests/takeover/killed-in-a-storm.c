/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Server after server is killed at a random moment, while all threads of the owner read, write and
 * throw pages away: every page is what its thread last made of it, and nobody hangs. Once with
 * events, which are read one way, and once without, where faults are read another.
 */
#include "place.h"
#include "server.h"

#define ROUNDS  24u
#define RUN     8u /* pages in a row that belong to one thread */
#define PAGES   4096u
#define RUNS    (PAGES / RUN / VMM_THREADS) /* of a thread; a round may touch one or two more */
#define AT_MOST 300u /* things done in a round, before its server is killed */

/* What the owner and the test both see. */
struct storm {
	_Atomic uint64_t things;
	_Atomic uint32_t round, over, ended, wrong;
	uint64_t seed, wrong_page;
	int wrong_saw, wrong_kind;
};

/* What a thread knows of a page. */
struct known {
	enum vmm_saw kind;
	uint8_t value;
};

static struct vmm v;
static struct storm *storm;
static uint8_t *content;
static struct place place;

static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static uint64_t page_of(unsigned int thread, uint64_t run, uint64_t at)
{
	return (run * VMM_THREADS + thread) * RUN + at;
}

/* Runs that have been touched, or may be now: each round has some that were never filled. */
static uint64_t runs_now(void)
{
	return 1 + atomic_load(&storm->round) * (RUNS - 1) / ROUNDS;
}

static void check(uint64_t page, const struct known *k)
{
	enum vmm_saw saw = vmm_look(&v, page, k->value);

	if (saw == k->kind || atomic_fetch_add(&storm->wrong, 1))
		return;
	storm->wrong_page = page;
	storm->wrong_saw = (int)saw;
	storm->wrong_kind = (int)k->kind;
}

static void make_one(unsigned int thread, struct known *known, uint64_t *x)
{
	uint64_t run = next_random(x) % runs_now(), at = next_random(x) % RUN;
	uint64_t count = 1 + next_random(x) % (RUN - at), first = page_of(thread, run, at);
	struct known *k = &known[run * RUN + at];

	switch (v.features ? next_random(x) % 4 : 1 + next_random(x) % 3) {
	case 0:
		madvise(v.at + first * v.page, count * v.page, MADV_DONTNEED);
		for (uint64_t i = 0; i < count; i++)
			k[i] = (struct known){SAW_ZEROS, 0};
		break;
	case 1:
		*k = (struct known){SAW_WRITTEN, (uint8_t)(next_random(x) | 1)};
		memset(v.at + first * v.page, k->value, v.page);
		break;
	default:
		check(first, k);
	}
}

static void storms(struct vmm *vmm, unsigned int thread)
{
	static struct known all[VMM_THREADS][RUNS * RUN];
	struct known *known = all[thread];
	uint64_t x = storm->seed * (2 * thread + 1) | 1;

	(void)vmm;
	for (unsigned int i = 0; i < RUNS * RUN; i++)
		known[i].kind = SAW_CONTENT;
	while (!atomic_load(&storm->over)) {
		make_one(thread, known, &x);
		atomic_fetch_add(&storm->things, 1);
	}
	for (unsigned int i = 0; i < RUNS * RUN; i++)
		check(page_of(thread, i / RUN, i % RUN), &known[i]);
	atomic_fetch_add(&storm->ended, 1);
}

static struct uffd_source *file_source(void)
{
	struct uffd_source *source = NULL;

	return uffd_source_open_file(&source, place.path, NULL) < 0 ? NULL : source;
}

/* The CPUs are for the storm. */
static void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
}

static void *prefetches(void *arg)
{
	struct uffd_region *region = arg;

	uint64_t first = page_of(0, runs_now() - 1, 0), p;

	for (p = 0;; p = (p + 3) % (VMM_THREADS * RUN)) {
		uffd_prefetch(region, (first + p) * v.page, v.page);
		pause_briefly();
	}
	return NULL;
}

/* Every second one has a source that is a file, and reads ahead. */
static void serves(const struct vmm *vmm, int state)
{
	struct uffd_region_opts opts = server_opts(vmm, server_fault, content);
	struct uffd_loop_opts loop_opts = serve_loop_opts();
	struct uffd_region *region;
	struct uffd_loop *loop;
	struct uffd_ctx *ctx;
	pthread_t thread;
	int ret;

	if (atomic_load(&storm->round) % 2) {
		opts.fault = NULL;
		opts.source = file_source();
	}
	if (state_try(&ctx, vmm, state) < 0 ||
	    uffd_region_add(&region, ctx, v.at, PAGES * v.page, LIBUFFD_MISSING, &opts) < 0)
		return;
	ret = uffd_loop_open(&loop, ctx, &loop_opts);
	if (ret == -ENOSYS || ret == -EPERM || ret == -EOPNOTSUPP)
		_exit(SERVER_SKIPPED);
	if (ret < 0 || pthread_create(&thread, NULL, prefetches, region))
		return;
	uffd_loop_run(loop);
}

static void write_content(void)
{
	int fd;

	place_make(&place);
	fd = open(place.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, content, PAGES * v.page), (ssize_t)(PAGES * v.page));
	close(fd);
}

static void storm_round(uint64_t *x, int state)
{
	uint64_t until = atomic_load(&storm->things) + next_random(x) % AT_MOST;
	pid_t pid = server_fork(&v, state, serves);
	int status;

	WAIT_UNTIL(atomic_load(&storm->things) >= until ||
		   (pause_briefly(), waitpid(pid, &status, WNOHANG) == pid));
	kill(pid, SIGKILL);
	if (atomic_load(&storm->things) >= until)
		server_died(pid);
	else if (WIFEXITED(status) && WEXITSTATUS(status) == SERVER_SKIPPED)
		test_skip("no io_uring here");
	else
		ck_abort_msg("a server ended: 0x%x", status);
}

static void begin(uint64_t features)
{
	const char *given = getenv("UFFD_TEST_SEED");

	storm = mmap(NULL, sizeof(*storm), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	ck_assert(storm != MAP_FAILED);
	storm->seed = given ? strtoull(given, NULL, 0) : test_now();
	printf("UFFD_TEST_SEED=%llu\n", (unsigned long long)storm->seed);
	fflush(stdout);
	vmm_make(&v, LIBUFFD_BACKING_ANON, PAGES, features, storms);
	content = content_make(PAGES * v.page);
	write_content();
}

static void storm_of(uint64_t features)
{
	int state = state_make();
	struct server last;
	uint64_t x;

	begin(features);
	x = storm->seed | 1;
	for (unsigned int n = 0; n < ROUNDS; n++) {
		atomic_store(&storm->round, n);
		storm_round(&x, state);
	}
	atomic_store(&storm->over, 1);
	server_start(&last, &v, state);
	WAIT_UNTIL(atomic_load(&storm->ended) == VMM_THREADS);
	ck_assert_msg(atomic_load(&storm->wrong) == 0, "%u pages wrong, first %llu: %d, not %d",
		      atomic_load(&storm->wrong), (unsigned long long)storm->wrong_page,
		      storm->wrong_saw, storm->wrong_kind);
	server_end(&last, &v);
	vmm_end(&v);
	munmap(content, PAGES * v.page);
	munmap(storm, sizeof(*storm));
	place_end(&place);
	close(state);
}

static void killed_in_a_storm(void)
{
	storm_of(UFFD_FEATURE_EVENT_REMOVE);
	storm_of(0);
}

TEST_MAIN(killed_in_a_storm)
