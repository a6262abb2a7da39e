/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See context.h. */
#include "memory/context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/inspect.h"
#include "memory/statefile.h"
#include "util/clock.h"
#include "util/options.h"

/* Features that add an ability and change nothing else. */
#define FEATURES_HARMLESS                                                                          \
	(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_MISSING_HUGETLBFS |                         \
	 UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_THREAD_ID | UFFD_FEATURE_MINOR_HUGETLBFS |      \
	 UFFD_FEATURE_MINOR_SHMEM | UFFD_FEATURE_EXACT_ADDRESS | UFFD_FEATURE_WP_HUGETLBFS_SHMEM | \
	 UFFD_FEATURE_POISON | UFFD_FEATURE_MOVE)
#define CTX_FLAGS       (LIBUFFD_CTX_USER_MODE_ONLY | LIBUFFD_CTX_DISCARDS | LIBUFFD_CTX_STATE)
#define OPTS_FIRST_SIZE sizeof(struct uffd_ctx_opts)
#define DEFAULT_BUFFERS (UINT64_C(32) << 20)
#define LEAST_BUFFERS   (UINT64_C(1) << 20)

uint32_t uffd_version(void)
{
	return LIBUFFD_VERSION;
}

void ctx_log(struct uffd_ctx *ctx, int level, const char *format, ...)
{
	char line[256];
	va_list args;

	if (!ctx->log)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	ctx->log(level, line, ctx->log_user);
}

bool ctx_lookup(struct uffd_ctx *ctx, uint64_t address, struct table_entry *found)
{
	if (table_is_stale(&ctx->table) && pthread_mutex_trylock(&ctx->lock) == 0) {
		table_refresh(&ctx->table);
		pthread_mutex_unlock(&ctx->lock);
	}
	return table_lookup(&ctx->table, address, found);
}

void ctx_wait_for_reader(struct uffd_ctx *ctx)
{
	uint64_t seen = atomic_load(&ctx->dispatching);

	if (!(seen & 1) || ctx_is_reader(ctx))
		return;
	/*
	 * A batch ends within the callbacks it calls. Ending a region is rare, so it polls rather
	 * than make every batch look whether somebody waits.
	 */
	while (atomic_load(&ctx->dispatching) == seen)
		clock_pause(20000);
}

void ctx_kick(struct uffd_ctx *ctx)
{
	pthread_mutex_lock(&ctx->lock);
	if (ctx->reader_ops)
		ctx->reader_ops->kick(ctx->reader);
	pthread_mutex_unlock(&ctx->lock);
}

static const uint8_t *make_zeros(void)
{
	void *at = mmap(NULL, ZEROS_LENGTH, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

static const uint32_t *make_alive(void)
{
	uint32_t *page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	if (madvise(page, (size_t)sysconf(_SC_PAGESIZE), MADV_WIPEONFORK) < 0) {
		munmap(page, (size_t)sysconf(_SC_PAGESIZE));
		return NULL;
	}
	*page = 1;
	return page;
}

void ctx_free(struct uffd_ctx *ctx)
{
	const struct filler_ops *filler = atomic_load(&ctx->filler_ops);

	if (filler)
		filler->free(ctx->filler);
	if (ctx->alive)
		munmap((void *)(uintptr_t)ctx->alive, (size_t)sysconf(_SC_PAGESIZE));
	if (ctx->zeros)
		munmap((void *)(uintptr_t)ctx->zeros, ZEROS_LENGTH);
	statefile_close(ctx->state);
	table_fini(&ctx->table);
	gate_fini(&ctx->gate);
	pthread_mutex_destroy(&ctx->lock);
	free(ctx);
}

/* What cannot be gone on with: where parts of a range went is in this process alone. */
#define FEATURES_NOT_KEPT                                                                          \
	(UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_UNMAP)

static int take_state(struct uffd_ctx *ctx, const struct uffd_ctx_opts *o)
{
	int ret;

	if (!(o->flags & LIBUFFD_CTX_STATE))
		return 0;
	if (ctx->features & FEATURES_NOT_KEPT)
		return -EOPNOTSUPP;
	ret = statefile_open(&ctx->state, o->state_fd, ctx->features & FEATURE_EVENTS);
	if (ret == 0 && !statefile_is_locked(ctx->state))
		ctx_log(ctx, LIBUFFD_LOG_WARNING,
			"the state file cannot be locked in memory (RLIMIT_MEMLOCK): swapped out "
			"when "
			"this process is killed, it may miss a discard");
	return ret;
}

static int make_ctx(struct uffd_ctx **out, const struct uffd_ctx_opts *o, uint64_t features)
{
	struct uffd_ctx *ctx = calloc(1, sizeof(*ctx));
	int ret;

	if (!ctx)
		return -ENOMEM;
	pthread_mutex_init(&ctx->lock, NULL);
	gate_init(&ctx->gate, features & FEATURE_EVENTS || o->flags & LIBUFFD_CTX_DISCARDS);
	table_init(&ctx->table);
	ctx->alive = make_alive();
	ctx->zeros = make_zeros();
	if (!ctx->alive || !ctx->zeros) {
		ctx_free(ctx);
		return -ENOMEM;
	}
	ctx->fd = -1;
	ctx->flags = o->flags;
	ctx->features = features;
	ctx->log = o->log;
	ctx->log_user = o->log_user;
	ctx->buffer_bytes = o->buffer_bytes ? o->buffer_bytes : DEFAULT_BUFFERS;
	ret = take_state(ctx, o);
	if (ret < 0) {
		ctx_free(ctx);
		return ret;
	}
	*out = ctx;
	return 0;
}

int ctx_take_opts(struct uffd_ctx_opts *o, const struct uffd_ctx_opts *given)
{
	int ret = options_take(o, sizeof(*o), OPTS_FIRST_SIZE, given);

	if (ret < 0)
		return ret;
	if (o->buffer_bytes && o->buffer_bytes < LEAST_BUFFERS)
		return -EINVAL;
	if (o->state_fd && !(o->flags & LIBUFFD_CTX_STATE))
		return -EINVAL;
	return o->flags & ~CTX_FLAGS || o->reserved || o->reserved2 ? -EINVAL : 0;
}

/* The features to ask for: what is required, and of the rest what the kernel has. */
static int choose_features(const struct uffd_ctx_opts *o, uint64_t *features)
{
	uint64_t has;
	int ret = uffd_raw_features(&has);

	if (ret < 0)
		return ret;
	if (o->features & ~has)
		return -EOPNOTSUPP;
	*features = o->features | (has & (o->optional_features | FEATURES_HARMLESS));
	/* WP_ASYNC brings WP_UNPOPULATED with it (fs/userfaultfd.c, userfaultfd_api). */
	if (*features & UFFD_FEATURE_WP_ASYNC)
		*features |= UFFD_FEATURE_WP_UNPOPULATED;
	return 0;
}

static int open_uffd(const struct uffd_ctx_opts *o, uint64_t features)
{
	bool user_only = o->flags & LIBUFFD_CTX_USER_MODE_ONLY;
	int fd, ret;

	/* Non-blocking always: a blocking userfaultfd polls as POLLERR. */
	fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK | (user_only ? UFFD_USER_MODE_ONLY : 0),
			   o->report);
	if (fd < 0)
		return fd;
	ret = uffd_raw_api(fd, features, NULL, NULL);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	return fd;
}

int uffd_ctx_open(struct uffd_ctx **out, const struct uffd_ctx_opts *opts)
{
	struct uffd_ctx_opts o = {.size = sizeof(o)};
	struct uffd_ctx *ctx;
	uint64_t features;
	int ret, fd;

	if (!out)
		return -EINVAL;
	ret = ctx_take_opts(&o, opts);
	if (ret < 0)
		return ret;
	if (o.report)
		*o.report = (struct uffd_open_report){0};
	ret = choose_features(&o, &features);
	if (ret == -EPERM || ret == -EACCES || ret == -ENOSYS)
		features = o.features; /* opening fails the same way, and reports it */
	else if (ret < 0)
		return ret;
	ret = make_ctx(&ctx, &o, features);
	if (ret < 0)
		return ret;
	fd = open_uffd(&o, features);
	if (fd < 0) {
		ctx_free(ctx);
		return fd;
	}
	ctx->fd = fd;
	*out = ctx;
	return 0;
}

int uffd_ctx_adopt(struct uffd_ctx **out, int fd, uint64_t features,
		   const struct uffd_ctx_opts *opts)
{
	struct uffd_ctx_opts o = {.size = sizeof(o)};
	struct uffd_ctx *ctx;
	int ret, flags;

	if (!out)
		return -EINVAL;
	ret = ctx_take_opts(&o, opts);
	if (ret < 0)
		return ret;
	if (o.features || o.optional_features)
		return -EINVAL;
	flags = inspect_userfaultfd(fd);
	if (flags < 0)
		return flags;
	ret = make_ctx(&ctx, &o, features);
	if (ret < 0)
		return ret;
	if (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		ret = -errno;
		ctx_free(ctx);
		return ret;
	}
	ctx->fd = fd;
	*out = ctx;
	return 0;
}

int uffd_ctx_fd(const struct uffd_ctx *ctx)
{
	if (!ctx)
		return -EINVAL;
	return ctx_is_ours(ctx) ? ctx->fd : -ECHILD;
}

uint64_t uffd_ctx_features(const struct uffd_ctx *ctx)
{
	return ctx ? ctx->features : 0;
}

int uffd_ctx_stats(const struct uffd_ctx *ctx, struct uffd_stats *stats)
{
	uint64_t values[COUNTERS];

	if (!ctx || !stats || stats->size < sizeof(uint64_t) || stats->size % sizeof(uint64_t))
		return -EINVAL;
	if (!ctx_is_ours(ctx))
		return -ECHILD;
	if (stats->size > sizeof(values))
		return -E2BIG;
	for (size_t i = 0; i < COUNTERS; i++)
		values[i] = atomic_load_explicit(&ctx->counters[i], memory_order_relaxed);
	values[0] = stats->size;
	memcpy(stats, values, (size_t)stats->size);
	return 0;
}
