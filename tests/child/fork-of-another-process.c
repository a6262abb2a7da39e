/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Another process, whose userfaultfd was received, forks: its child is served from here as it is,
 * and a fork of that one too.
 */
#include "forked.h"

#include <uffd/raw.h>

#define PAGES 16u

static struct forked_queue q;
static struct test_memory m;
static uint8_t *content;

/* What both see. */
static struct shared {
	_Atomic int uffd, error, go;
} * shared;

static int fault(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	int64_t ret;

	(void)user;
	do {
		ret = uffd_copy(region, extent->offset, content + extent->offset, extent->length,
				0);
	} while (ret == -EAGAIN);
	return ret < 0 ? (int)ret : 0;
}

static uint8_t *page_of(size_t page)
{
	return (uint8_t *)m.at + page * m.page;
}

/* Depth 0 is the owner. Each writes the page of its depth, and has what those before it wrote. */
static int life(size_t depth)
{
	int status = 0;
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	*(volatile uint8_t *)page_of(depth) = 0x42;
	if (depth < 2) {
		pid = fork();
		if (pid == 0)
			_exit(life(depth + 1));
		if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			return 50;
	}
	for (size_t p = 0; p < PAGES; p++) {
		uint8_t first = p <= depth ? 0x42 : content_byte(p * m.page);

		if (*(volatile uint8_t *)page_of(p) != first ||
		    !content_is(page_of(p) + 1, p * m.page + 1, m.page - 1))
			return (int)(depth * PAGES + p) + 1;
	}
	return WEXITSTATUS(status);
}

static void owner(uint64_t features)
{
	int fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);
	int ret = fd < 0 ? fd : uffd_raw_api(fd, features, NULL, NULL);

	if (ret == 0)
		ret = uffd_raw_register(fd, (uintptr_t)m.at, m.length, UFFDIO_REGISTER_MODE_MISSING,
					NULL);
	atomic_store(&shared->error, ret);
	atomic_store(&shared->uffd, fd);
	while (!atomic_load(&shared->go))
		sched_yield();
	_exit(life(0));
}

static int receive(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), fd;

	WAIT_UNTIL(atomic_load(&shared->uffd) >= 0);
	ck_assert_int_eq(atomic_load(&shared->error), 0);
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, atomic_load(&shared->uffd), 0);
	ck_assert_msg(fd >= 0, "pidfd_getfd: %s", strerror(errno));
	close(pidfd);
	return fd;
}

static void fork_of_another(void)
{
	uint64_t features = UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMOVE;
	struct uffd_region_opts opts = {.size = sizeof(opts),
					.flags = LIBUFFD_REGION_FOREIGN | LIBUFFD_REGION_REGISTERED,
					.backing = LIBUFFD_BACKING_ANON,
					.fault_around = 4096, /* each has to ask */
					.fault = fault};
	struct uffd_loop_opts loop_opts = forked_loop_opts(&q);
	struct adopted a[3];
	struct uffd_region *r;
	int status;
	pid_t pid;

	close(test_uffd(features)); /* skips where there is none */
	test_memory_make(&m, LIBUFFD_BACKING_ANON, PAGES);
	content = content_make(m.length);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	atomic_store(&shared->uffd, -1);
	pid = fork();
	if (pid == 0)
		owner(features);
	ck_assert_int_eq(uffd_ctx_adopt(&a[0].ctx, receive(pid), features, NULL), 0);
	opts.page_size = m.page;
	ck_assert_int_eq(uffd_region_add(&r, a[0].ctx, m.at, m.length, LIBUFFD_MISSING, &opts), 0);
	a[0].loop = serve_start(a[0].ctx, &loop_opts);
	atomic_store(&shared->go, 1);
	adopt_child(&a[1], forked_next(&q), &q);
	adopt_child(&a[2], forked_next(&q), &q);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(status == 0, "status 0x%x", status);
	for (int i = 0; i < 3; i++)
		adopted_end(&a[i]);
	munmap(shared, sizeof(*shared));
	munmap(content, m.length);
	test_memory_free(&m);
}

TEST_MAIN(fork_of_another)
