/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A process connects, sends its userfaultfd and the table of its memory, and keeps neither the
 * descriptor nor the socket; whoever received them serves its faults, and it finds every page
 * right.
 */
#include "listener.h"
#include "serve.h"

#include <uffd/source.h>

#define REGIONS 3u
#define PAGES   96u /* in each */

/* Region k's content begins here, so that no two have it in common. */
static uint64_t content_offset(uint32_t k, uint64_t page)
{
	return (REGIONS - 1 - k) * (PAGES + 1) * page;
}

static bool map_and_register(int uffd, struct uffd_peer_region *regions, uint64_t page)
{
	for (uint32_t k = 0; k < REGIONS; k++) {
		void *at = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED || uffd_raw_register(uffd, (uintptr_t)at, PAGES * page,
							  UFFDIO_REGISTER_MODE_MISSING, NULL))
			return false;
		regions[k] = (struct uffd_peer_region){.address = (uintptr_t)at,
						       .length = PAGES * page,
						       .offset = content_offset(k, page),
						       .page_size = page};
	}
	return true;
}

/* Backwards, and each region's pages in turn, so that faults are everywhere. */
static bool every_page_is_right(const struct uffd_peer_region *regions, uint64_t page)
{
	for (uint64_t i = PAGES; i-- > 0;)
		for (uint32_t k = 0; k < REGIONS; k++) {
			const uint8_t *at = (uint8_t *)(uintptr_t)regions[k].address + i * page;

			if (!content_is(at, regions[k].offset + i * page, page))
				return false;
		}
	return true;
}

/* The process whose memory it is; it uses no ck_assert. */
static int own(const struct listener *l)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int uffd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct uffd_peer_region regions[REGIONS];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&l->name, l->length) < 0)
		return 1;
	if (uffd < 0 || uffd_raw_api(uffd, UFFD_FEATURE_THREAD_ID, NULL, NULL))
		return 2;
	if (!map_and_register(uffd, regions, page))
		return 3;
	if (uffd_peer_send(fd, uffd, UFFD_FEATURE_THREAD_ID, regions, REGIONS))
		return 4;
	close(uffd);
	close(fd);
	return every_page_is_right(regions, page) ? 0 : 5;
}

static void add_regions(struct uffd_ctx *ctx, struct uffd_source *source,
			const struct uffd_peer_region *regions, uint32_t count)
{
	for (uint32_t k = 0; k < count; k++) {
		struct uffd_region_opts opts = {.size = sizeof(opts),
						.flags = LIBUFFD_REGION_FOREIGN |
							 LIBUFFD_REGION_REGISTERED,
						.backing = LIBUFFD_BACKING_ANON,
						.page_size = regions[k].page_size,
						.source = source,
						.source_offset = regions[k].offset};
		struct uffd_region *region;

		EXPECT(uffd_region_add(&region, ctx, (void *)(uintptr_t)regions[k].address,
				       regions[k].length, LIBUFFD_MISSING, &opts),
		       0);
	}
}

/* What was received, served until its owner has ended. */
static void serve_until_end(int uffd, uint64_t features, const struct uffd_peer_region *regions,
			    uint32_t count, pid_t pid)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), length = REGIONS * (PAGES + 1) * page;
	uint8_t *content = content_make(length);
	struct uffd_source *source;
	struct uffd_loop *loop;
	struct uffd_ctx *ctx;
	int status;

	EXPECT(uffd_peer_check(regions, count, length, NULL), 0);
	EXPECT(uffd_source_open_memory(&source, content, length), 0);
	EXPECT(uffd_ctx_adopt(&ctx, uffd, features, NULL), 0);
	add_regions(ctx, source, regions, count);
	uffd_source_close(source);
	loop = serve_start(ctx, NULL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(status == 0, "the owner's status is 0x%x", (unsigned int)status);
	EXPECT(uffd_loop_close(loop), 0);
	ck_assert_uint_eq(stats_of(ctx).pages_copied, REGIONS * PAGES);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(content, length);
}

static void faults_are_served(void)
{
	struct uffd_peer peer = {.size = sizeof(peer)};
	struct uffd_peer_region regions[REGIONS];
	uint32_t count = REGIONS;
	uint64_t features;
	struct listener l;
	int accepted, uffd;
	pid_t pid;

	close(test_uffd(UFFD_FEATURE_THREAD_ID));
	listener_make(&l, SOCK_STREAM);
	pid = fork();
	if (pid == 0)
		_exit(own(&l));
	ck_assert_int_gt(pid, 0);
	accepted = accept4(l.fd, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(accepted, 0);
	EXPECT(uffd_peer_receive(accepted, &uffd, &features, regions, &count), 0);
	ck_assert_uint_eq(features, UFFD_FEATURE_THREAD_ID);
	ck_assert_uint_eq(count, REGIONS);
	EXPECT(uffd_fdpass_peer(accepted, &peer), 0);
	ck_assert_int_eq(peer.pid, pid);
	serve_until_end(uffd, features, regions, count, pid);
	if (peer.pidfd >= 0) {
		ck_assert(pidfd_ended(peer.pidfd));
		close(peer.pidfd);
	}
	close(accepted);
	close(l.fd);
}

TEST_MAIN(faults_are_served)
