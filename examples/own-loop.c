/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * own-loop: libuffd inside somebody else's event loop. An epoll set has the loop's descriptor and a
 * timer of the program's own; a thread touches memory, a callback brings each page's number.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <uffd.h>

#define PAGES 1024u
#define PAGE  4096u

static unsigned char *mem;

static int check(int ret, const char *what)
{
	if (ret < 0) {
		fprintf(stderr, "own-loop: %s: %s\n", what, strerror(-ret));
		exit(1);
	}
	return ret;
}

/* Every page of the extent begins with its own number. */
static int bring(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	static unsigned char content[65536];

	(void)user;
	for (uint64_t at = 0; at < extent->length; at += PAGE) {
		uint64_t number = (extent->offset + at) / PAGE;

		memcpy(content + at, &number, sizeof(number));
	}
	return uffd_copy(region, extent->offset, content, extent->length, 0);
}

static void *touch(void *arg)
{
	int *done = arg;
	uint64_t one = 1, wrong = 0;

	for (uint64_t i = 0; i < PAGES; i++) {
		uint64_t page = i * 389 % PAGES, number;

		memcpy(&number, mem + page * PAGE, sizeof(number));
		wrong += number != page;
	}
	if (write(*done, &one, sizeof(one)) != sizeof(one))
		wrong++;
	return (void *)(uintptr_t)wrong;
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

int main(void)
{
	struct uffd_ctx_opts user_mode = {.size = sizeof(user_mode),
					  .flags = LIBUFFD_CTX_USER_MODE_ONLY};
	struct uffd_region_opts opts = {.size = sizeof(opts), .fault = bring};
	const struct itimerspec every_ms = {{0, 1000000}, {0, 1000000}};
	int epoll = epoll_create1(EPOLL_CLOEXEC), done = eventfd(0, EFD_CLOEXEC), uffd;
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	unsigned long handled = 0, ticks = 0;
	struct uffd_ctx *ctx;
	struct uffd_region *region;
	struct uffd_loop *loop;
	pthread_t thread;
	void *wrong;

	mem = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(mem == MAP_FAILED ? -12 : 0, "mmap");
	check(uffd_ctx_open(&ctx, &user_mode), "userfaultfd");
	check(uffd_region_add(&region, ctx, mem, PAGES * PAGE, LIBUFFD_MISSING, &opts), "region");
	check(uffd_loop_open(&loop, ctx, NULL), "loop");
	uffd = check(uffd_loop_fd(loop), "loop's descriptor");

	watch(epoll, uffd);
	watch(epoll, timer);
	watch(epoll, done);
	timerfd_settime(timer, 0, &every_ms, NULL);
	pthread_create(&thread, NULL, touch, &done);

	for (int running = 1; running;) {
		struct epoll_event event;
		uint64_t count;
		int n = epoll_wait(epoll, &event, 1, uffd_loop_timeout(loop));

		/* Also when nothing is ready: a retry may be due. */
		if (n <= 0 || event.data.fd == uffd)
			handled += (unsigned long)check(uffd_loop_dispatch(loop, 0), "dispatch");
		else if (event.data.fd == timer && read(timer, &count, sizeof(count)) > 0)
			ticks += count;
		else if (event.data.fd == done)
			running = 0;
	}
	pthread_join(thread, &wrong);
	printf("%lu messages and %lu ticks in one loop, %lu wrong pages\n", handled, ticks,
	       (unsigned long)(uintptr_t)wrong);

	check(uffd_loop_close(loop), "close the loop");
	check(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), "close the context");
	munmap(mem, PAGES * PAGE);
	close(timer);
	close(done);
	close(epoll);
	return wrong != NULL;
}
