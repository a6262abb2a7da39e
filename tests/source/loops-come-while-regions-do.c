/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Loops are opened and closed while regions of files and of a source that answers later are added,
 * filled and removed by other threads: everything is right, and nobody waits for ever.
 */
#include "later.h"

#define PAGES  64u
#define ROUNDS 60u

static struct later l;
static struct uffd_ctx *ctx;
static struct uffd_source *file;
static uint8_t *content;
static _Atomic bool over;
static _Atomic int wrong;

static void *opens_loops(void *arg)
{
	struct uffd_loop_opts opts = serve_loop_opts();

	(void)arg;
	while (!atomic_load(&over)) {
		struct uffd_loop *loop = NULL;
		int ret = uffd_loop_start(&loop, ctx, &opts);

		if (ret < 0 || uffd_loop_close(loop) < 0) {
			atomic_fetch_add(&wrong, 1);
			break;
		}
	}
	return NULL;
}

static void *adds_regions(void *arg)
{
	struct uffd_region_opts opts = {.size = sizeof(opts), .source = arg ? file : l.source};

	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct uffd_prefetch *prefetch = NULL;
		struct uffd_region *r = NULL;
		uint8_t *at = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		int ret = uffd_region_add(&r, ctx, at, PAGES * 4096, LIBUFFD_MISSING, &opts);

		if (ret == 0 && i % 3 == 0) {
			ret = uffd_prefetch_start(&prefetch, r, NULL);
			if (ret == 0)
				ret = uffd_prefetch_wait(prefetch, NULL);
			uffd_prefetch_close(prefetch);
		}
		if (ret == 0 && i % 3 == 1)
			ret = uffd_demand(r, 0, PAGES * 4096, NULL);
		if (ret < 0 || memcmp(at, content, PAGES * 4096) != 0)
			atomic_fetch_add(&wrong, 1);
		if (r && uffd_region_remove(r, LIBUFFD_CLOSE_DROP) < 0)
			atomic_fetch_add(&wrong, 1);
		munmap(at, PAGES * 4096);
	}
	return NULL;
}

static void loops_come_while_regions_do(void)
{
	char path[] = "/var/tmp/uffd-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	pthread_t threads[4];

	ck_assert_int_ge(fd, 0);
	unlink(path);
	content = content_make(PAGES * 4096);
	ck_assert_int_eq(write(fd, content, PAGES * 4096), PAGES * 4096);
	later_make(&l, PAGES * 4096, NULL);
	ctx = serve_ctx(0);
	ck_assert_int_eq(uffd_source_open_fd(&file, fd, NULL), 0);
	uffd_loop_close(serve_start(ctx, NULL)); /* skips where there is none */
	later_start(&l, false);
	ck_assert_int_eq(pthread_create(&threads[0], NULL, opens_loops, NULL), 0);
	for (size_t k = 1; k < 4; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, adds_regions, (void *)(k % 2)),
				 0);
	for (size_t k = 1; k < 4; k++)
		pthread_join(threads[k], NULL);
	atomic_store(&over, true);
	pthread_join(threads[0], NULL);
	later_stop(&l);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	uffd_source_close(file);
	munmap(content, PAGES * 4096);
	later_free(&l);
	close(fd);
}

TEST_MAIN(loops_come_while_regions_do)
