/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: processes that serve a vmm's memory one after the other, each with the state that the one
 * before it has left, and the means to go on in the test's own process.
 * Must never: outlive the test.
 */
#ifndef SERVER_H
#define SERVER_H

#include "vmm.h"

/* An empty state file. */
static inline int state_make(void)
{
	int fd = memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* A context of a copy of the vmm's descriptor. 0, or what adopting it said. */
static inline int state_try(struct uffd_ctx **ctx, const struct vmm *v, int state)
{
	struct uffd_ctx_opts opts = {
		.size = sizeof(opts), .flags = LIBUFFD_CTX_STATE, .state_fd = state};
	int uffd = fcntl(v->uffd, F_DUPFD_CLOEXEC, 0);
	int ret = uffd_ctx_adopt(ctx, uffd, v->features, &opts);

	if (ret < 0)
		close(uffd);
	return ret;
}

static inline struct uffd_region_opts server_opts(const struct vmm *v, uffd_fault_fn fault,
						  void *user)
{
	return (struct uffd_region_opts){.size = sizeof(struct uffd_region_opts),
					 .flags =
						 LIBUFFD_REGION_FOREIGN | LIBUFFD_REGION_REGISTERED,
					 .backing = (uint32_t)v->backing,
					 .page_size = v->page,
					 .fault = fault,
					 .user = user};
}

/*
 * A callback that copies, and goes on where the mapping changes for longer than the library waits:
 * its user is content of as many bytes as the memory has.
 */
static inline int server_fault(struct uffd_region *region, const struct uffd_extent *extent,
			       void *user)
{
	uint64_t done = 0;
	int64_t ret;

	do {
		uint64_t at = extent->offset + done;

		ret = uffd_copy(region, at, (uint8_t *)user + at, extent->length - done, 0);
		if (ret > 0)
			done += (uint64_t)ret;
	} while (ret > 0 || ret == -EAGAIN);
	return ret < 0 && !done ? (int)ret : (int)done;
}

/* The context that the test's own process goes on with, one region, all of the memory. */
struct server {
	struct uffd_ctx *ctx;
	struct uffd_region *region;
	struct uffd_loop *loop;
	uint8_t *content;
};

static inline void server_make(struct server *s, const struct vmm *v, int state,
			       uffd_fault_fn fault)
{
	struct uffd_region_opts opts;

	*s = (struct server){.content = content_make(v->pages * v->page)};
	opts = server_opts(v, fault ? fault : server_fault, s->content);
	ck_assert_int_eq(state_try(&s->ctx, v, state), 0);
	ck_assert_int_eq(uffd_region_add(&s->region, s->ctx, v->at, v->pages * v->page,
					 LIBUFFD_MISSING, &opts),
			 0);
}

/* ... and with a loop that has a thread. */
static inline void server_start(struct server *s, const struct vmm *v, int state)
{
	server_make(s, v, state, NULL);
	s->loop = serve_start(s->ctx, NULL);
}

/* Ends it and keeps the state for the next. */
static inline void server_release(struct server *s, const struct vmm *v)
{
	int fd;

	if (s->loop)
		ck_assert_int_eq(uffd_loop_close(s->loop), 0);
	ck_assert_int_eq(uffd_ctx_release(s->ctx, &fd), 0);
	close(fd);
	munmap(s->content, v->pages * v->page);
}

/* Ends it for good; what was not filled becomes zeros. */
static inline void server_end(struct server *s, const struct vmm *v)
{
	if (s->loop)
		ck_assert_int_eq(uffd_loop_close(s->loop), 0);
	ck_assert_int_eq(uffd_ctx_close(s->ctx, LIBUFFD_CLOSE_DROP), 0);
	munmap(s->content, v->pages * v->page);
}

static inline unsigned int server_page(const struct server *s, const struct vmm *v, uint64_t page)
{
	int state = uffd_region_page(s->region, page * v->page);

	ck_assert_int_ge(state, 0);
	return (unsigned int)state;
}

/* What a server of another process does: it must not return, and not use ck_assert. */
typedef void (*server_life)(const struct vmm *v, int state);

#define SERVER_FAILED  99
#define SERVER_SKIPPED 77

/* A process with that life. */
static inline pid_t server_fork(const struct vmm *v, int state, server_life life)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		life(v, state);
		_exit(SERVER_FAILED);
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

/* For such a life: one region, all of the memory, and a loop in this thread. Returns on failure. */
static inline void server_run(const struct vmm *v, int state, uffd_fault_fn fault)
{
	uint8_t *content = content_make(v->pages * v->page);
	struct uffd_region_opts opts = server_opts(v, fault ? fault : server_fault, content);
	struct uffd_loop_opts loop_opts = serve_loop_opts();
	struct uffd_region *region;
	struct uffd_loop *loop;
	struct uffd_ctx *ctx;
	int ret;

	if (state_try(&ctx, v, state) < 0 ||
	    uffd_region_add(&region, ctx, v->at, v->pages * v->page, LIBUFFD_MISSING, &opts) < 0)
		return;
	ret = uffd_loop_open(&loop, ctx, &loop_opts);
	if (ret == -ENOSYS || ret == -EPERM || ret == -EOPNOTSUPP)
		_exit(SERVER_SKIPPED);
	if (ret == 0)
		uffd_loop_run(loop);
}

/* It was to kill itself. */
static inline void server_died(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SERVER_SKIPPED)
		test_skip("no io_uring here");
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "server: 0x%x", status);
}

#endif
