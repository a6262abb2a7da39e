/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what memory.h says. Must never: touch the memory. */
#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "util.h"

static void log_line(int level, const char *line, void *user)
{
	(void)user;
	if (level <= LIBUFFD_LOG_WARNING)
		complain("libuffd", line);
}

int memory_open_context(struct uffd_ctx **ctx, uint64_t features, bool *user_mode_only)
{
	struct uffd_open_report report = {0};
	struct uffd_ctx_opts opts = {
		.size = sizeof(opts), .features = features, .log = log_line, .report = &report};
	char advice[1024];
	int ret = uffd_ctx_open(ctx, &opts);

	*user_mode_only = false;
	if (ret == -EPERM || ret == -EACCES || ret == -ENOSYS) {
		opts.flags = LIBUFFD_CTX_USER_MODE_ONLY;
		ret = uffd_ctx_open(ctx, &opts);
		*user_mode_only = ret == 0;
	}
	if (ret == 0)
		return 0;
	complain_error("userfaultfd", ret);
	if (uffd_raw_open_advice(&report, advice, sizeof(advice)) > 0)
		fputs(advice, stderr);
	return -1;
}

static int map_empty(struct memory *m)
{
	m->fd = memfd_create("guest", MFD_CLOEXEC);
	if (m->fd < 0 || ftruncate(m->fd, (off_t)m->size) < 0)
		return complain_error("memfd", errno);
	m->at = mmap(NULL, m->size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	if (m->at == MAP_FAILED)
		return complain_error("mmap", errno);
	return 0;
}

int memory_attach(struct memory *m, const struct layers *layers, const struct options *options)
{
	struct uffd_region_opts region = {.size = sizeof(region)};
	struct uffd_loop_opts loop = {.size = sizeof(loop), .poller = options->poller};
	int ret;

	m->size = layers_newest(layers)->memory_size;
	m->direct = options->direct;
	if (map_empty(m) < 0 || memory_open_context(&m->ctx, 0, &m->user_mode_only) < 0 ||
	    layers_open(layers, &m->direct, &region.source) < 0)
		return -1;
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

void memory_stop_serving(struct memory *m)
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

void memory_free(struct memory *m)
{
	memory_stop_serving(m);
	if (m->at != MAP_FAILED)
		munmap(m->at, m->size);
	if (m->fd >= 0)
		close(m->fd);
}
