/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: making a region: every question about its memory is asked here, before anything is
 * registered.
 * Must never: leave anything behind when it refuses.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/change.h"
#include "memory/region.h"
#include "memory/region_add.h"
#include "memory/resolve.h"
#include "memory/statefile.h"
#include "util/options.h"
#include "util/pages.h"

#define REGION_FLAGS                                                                               \
	(LIBUFFD_REGION_FD | LIBUFFD_REGION_ALIAS | LIBUFFD_REGION_TRUST_CACHE |                   \
	 LIBUFFD_REGION_KEEP_ON_REMOVE | LIBUFFD_REGION_FOREIGN | LIBUFFD_REGION_REGISTERED |      \
	 LIBUFFD_REGION_KVM | LIBUFFD_REGION_DETECT_ZEROS)
#define FAULTS (LIBUFFD_MISSING | LIBUFFD_MINOR)
#define ANY    (FAULTS | LIBUFFD_WP)

#define HUGE_PAGE_BYTES  (UINT64_C(2) << 20) /* of x86-64, and of arm64 with pages of 4 KiB */
#define MOST_AROUND      (UINT64_C(1) << 30) /* a callback answers in bytes, as an int */
#define DEFAULT_AROUND   UINT64_C(65536)
#define DEFAULT_RETRIES  5u
#define DEFAULT_RETRY_NS UINT64_C(1000000)

/* The questions that need no look at the memory. */
static int check_opts(const struct uffd_ctx *ctx, uint32_t modes, const struct uffd_region_opts *o)
{
	bool trusted = o->flags & LIBUFFD_REGION_TRUST_CACHE && !(modes & LIBUFFD_MISSING);

	if (!modes || modes & ~ANY || o->flags & ~REGION_FLAGS ||
	    o->install > LIBUFFD_INSTALL_POPULATE || o->backing >= LIBUFFD_BACKING_COUNT ||
	    o->on_error > LIBUFFD_ON_ERROR_HOLD || o->fault_around & (o->fault_around - 1) ||
	    o->fault_around > MOST_AROUND || o->page_size & (o->page_size - 1) ||
	    (o->page_size && o->page_size < (uint64_t)sysconf(_SC_PAGESIZE)))
		return -EINVAL;
	if (!(o->flags & LIBUFFD_REGION_FD) && (o->fd || o->flags & LIBUFFD_REGION_ALIAS))
		return -EINVAL;
	if (o->flags & LIBUFFD_REGION_FOREIGN &&
	    (o->backing == LIBUFFD_BACKING_DETECT || !o->page_size))
		return -EINVAL;
	if (o->source && o->fault)
		return -EINVAL;
	if (!o->source && (o->install || o->flags & LIBUFFD_REGION_DETECT_ZEROS))
		return -EINVAL;
	if (modes & FAULTS && !o->source && !o->fault && !trusted)
		return -EINVAL;
	/* MINOR alone: a hole is mapped as zeros and nobody hears of it. */
	if (modes & LIBUFFD_MINOR && !(modes & LIBUFFD_MISSING) && !trusted)
		return -EPERM;
	if (o->flags & LIBUFFD_REGION_KVM &&
	    (ctx->flags & LIBUFFD_CTX_USER_MODE_ONLY || ctx->features & UFFD_FEATURE_SIGBUS))
		return -EACCES;
	return 0;
}

static int check_range(const struct uffd_region *r, uint64_t start)
{
	uint64_t round = region_page_size(r) - 1;

	if (!start || !r->length || (start | r->length) & round || start + r->length < start)
		return -EFAULT;
	return 0;
}

/* What the mapping is: looked up, or in another process as the caller says. */
static int identify(struct uffd_region *r, uint64_t start, const struct uffd_region_opts *o,
		    struct mapped_file *file)
{
	uint64_t page_size = o->page_size;
	int ret;

	r->type = o->backing;
	if (!(o->flags & LIBUFFD_REGION_FOREIGN)) {
		if (!start || !r->length || start + r->length < start)
			return -EFAULT;
		ret = backing_detect(start, r->length, o->flags & LIBUFFD_REGION_FD ? o->fd : -1,
				     &r->type, &page_size, file);
		if (ret < 0)
			return ret;
		if ((o->backing && o->backing != r->type) ||
		    (o->page_size && o->page_size != page_size))
			return -EINVAL;
	}
	r->backing = backing_row(r->type);
	r->anonymous = r->type == LIBUFFD_BACKING_ANON ||
		       (r->type == LIBUFFD_BACKING_HUGETLB_PRIVATE && file->hidden);
	r->page_shift = (unsigned int)__builtin_ctzll(page_size);
	return check_range(r, start);
}

/* Whether memory of this type, with the context's features, can do the modes. */
static int check_modes(const struct uffd_region *r)
{
	const struct backing *b = r->backing;
	uint64_t has = r->ctx->features;
	uint64_t needs = 0;

	if (r->modes & LIBUFFD_MISSING)
		needs |= b->missing_feature;
	if (r->modes & LIBUFFD_MINOR)
		needs |= b->minor_feature;
	if (r->modes & LIBUFFD_WP)
		needs |= b->wp_feature;
	if (r->modes & ~b->modes || needs & ~has)
		return -EOPNOTSUPP;
	/*
	 * What was under way when the owner of a state file died is asked for again: EEXIST tells
	 * that a private page had its content. In a file half of it may have been written.
	 */
	return r->ctx->state && (r->modes != LIBUFFD_MISSING || b->shared) ? -EOPNOTSUPP : 0;
}

/* fd must be the file that is mapped there, from that offset on: another would be wrong bytes. */
static int take_file(struct uffd_region *r, const struct uffd_region_opts *o,
		     const struct mapped_file *file)
{
	struct stat st;
	int access;

	r->fd = -1;
	if (!(o->flags & LIBUFFD_REGION_FD))
		return 0;
	if (!r->backing->shared || o->fd_offset & (region_page_size(r) - 1))
		return -EINVAL;
	access = fcntl(o->fd, F_GETFL);
	if (access < 0 || access & O_PATH || fstat(o->fd, &st) < 0)
		return -EBADF;
	if (!(o->flags & LIBUFFD_REGION_FOREIGN) &&
	    (file->inode != st.st_ino || file->dev != st.st_dev || file->offset != o->fd_offset))
		return -EBADF;
	/* pwrite(2) on an appending descriptor appends, wherever it is told to write. */
	if (access & O_APPEND)
		return -EINVAL;
	if ((access & O_ACCMODE) != O_RDWR)
		return -EPERM;
	if (o->fd_offset > (uint64_t)st.st_size || r->length > (uint64_t)st.st_size - o->fd_offset)
		return -ERANGE;
	r->fd = o->fd;
	r->fd_offset = o->fd_offset;
	return 0;
}

/* The second mapping: asked for, or the only way behind the mapping of a hugetlb file. */
static int map_alias(struct uffd_region *r)
{
	uint64_t alignment =
		region_page_size(r) > HUGE_PAGE_BYTES ? region_page_size(r) : HUGE_PAGE_BYTES;
	uint8_t *at, *from;

	if (r->fd < 0 ||
	    !(r->flags & LIBUFFD_REGION_ALIAS || (r->backing->huge && r->modes & LIBUFFD_MISSING)))
		return 0;
	/*
	 * Where a huge page of the file may be one of the mapping: the kernel looks for such an
	 * address by itself only where it knows that there will be huge pages.
	 */
	from = mmap(NULL, (size_t)r->length + alignment, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (from == MAP_FAILED)
		return -errno;
	at = from + ((r->fd_offset - (uint64_t)(uintptr_t)from) & (alignment - 1));
	if (mmap(at, (size_t)r->length, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_NORESERVE | MAP_FIXED, r->fd,
		 (off_t)r->fd_offset) == MAP_FAILED) {
		int error = errno;

		munmap(from, (size_t)r->length + alignment);
		return error == EACCES ? -EPERM : -error;
	}
	/* What is left of the reservation on both sides goes back. */
	if (at > from)
		munmap(from, (size_t)(at - from));
	munmap(at + r->length, (size_t)(from + alignment - at));
	r->alias = at;
	return 0;
}

/* Zeros to copy from, as large as a page: memory of huge pages has its own, never touched. */
static int map_zeros(struct uffd_region *r)
{
	void *at;

	r->zeros = r->ctx->zeros;
	r->zeros_length = ZEROS_LENGTH;
	if (region_page_size(r) <= ZEROS_LENGTH)
		return 0;
	at = mmap(NULL, (size_t)region_page_size(r), PROT_READ,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return -ENOMEM;
	r->zeros = at;
	r->zeros_length = region_page_size(r);
	return 0;
}

static int take_content(struct uffd_region *r, const struct uffd_region_opts *o)
{
	struct content *content = (struct content *)o->source;

	r->fault = o->fault;
	if (!content)
		return 0;
	/* Its end may lie within the last page, whose rest is zeros then. */
	if (o->source_offset >= content->length ||
	    r->length - (region_page_size(r) - 1) > content->length - o->source_offset)
		return -ERANGE;
	content->keep(o->source);
	r->source = o->source;
	r->source_offset = o->source_offset;
	return 0;
}

/* The states of the pages: new, as in the state file, or a copy of another's. */
static int make_pages(struct uffd_region *r, const struct layout *at)
{
	uint64_t pages = r->length >> r->page_shift;
	bool continued;
	int ret;

	if (!r->ctx->state) {
		ret = pagestate_init(&r->pages, pages);
		if (ret == 0 && at->words)
			pagestate_copy(&r->pages, at->words);
		return ret;
	}
	ret = statefile_take(r->ctx->state, at->parts->address, r->length, r->page_shift, &r->pages,
			     &continued);
	if (ret < 0)
		return ret;
	r->state_range = ret;
	r->continued = continued;
	if (continued)
		change_replay(r, statefile_journal(r->ctx->state), STATE_JOURNAL);
	return 0;
}

static int make_parts(struct uffd_region *r, const struct layout *at)
{
	r->parts = r->few;
	r->part_capacity = FEW_PARTS;
	if (at->part_count > FEW_PARTS) {
		r->parts = pages_alloc(at->part_count * sizeof(*r->parts));
		if (!r->parts)
			return -ENOMEM;
		r->part_capacity = at->part_count;
	}
	memcpy(r->parts, at->parts, at->part_count * sizeof(*r->parts));
	r->part_count = at->part_count;
	return 0;
}

static void set_around(struct uffd_region *r, const struct uffd_region_opts *o)
{
	uint64_t around = o->fault_around ? o->fault_around : DEFAULT_AROUND;

	r->around_wanted = around > region_page_size(r) ? around >> r->page_shift : 1;
	atomic_init(&r->around, r->around_wanted);
}

static int build(struct uffd_region *r, const struct layout *at, const struct uffd_region_opts *o)
{
	struct mapped_file file = {0};
	int ret = identify(r, at->parts->address, o, &file);

	if (ret == 0)
		ret = check_modes(r);
	if (ret == 0)
		ret = take_file(r, o, &file);
	if (ret == 0)
		ret = take_content(r, o);
	if (ret == 0)
		ret = map_alias(r);
	if (ret == 0)
		ret = map_zeros(r);
	if (ret == 0)
		ret = make_parts(r, at);
	if (ret == 0)
		ret = make_pages(r, at);
	if (ret == 0)
		set_around(r, o);
	if (ret == 0 && r->source)
		ret = ((struct content *)r->source)->attach(r, o->install);
	return ret;
}

/* The kernel's word on the modes: by trying, never by its version. */
static int register_range(struct uffd_region *r, uint64_t start)
{
	int ret;

	if (r->flags & LIBUFFD_REGION_REGISTERED)
		return 0;
	ret = uffd_raw_register(r->ctx->fd, start, r->length, r->modes, NULL);
	if (ret == -EINVAL)
		return -EOPNOTSUPP;
	if (ret == -ENOMEM && r->flags & LIBUFFD_REGION_FOREIGN)
		return -ESRCH;
	/*
	 * khugepaged leaves holes alone only in mappings registered for MISSING; elsewhere it may
	 * fill them with zeros, which nobody would hear of.
	 */
	if (ret == 0 && r->backing->shared && !r->backing->huge &&
	    !(r->flags & LIBUFFD_REGION_FOREIGN))
		madvise((void *)(uintptr_t)start, (size_t)r->length, MADV_NOHUGEPAGE);
	return ret;
}

/* Into the table first: a fault may come as soon as the range is registered. */
static int enter(struct uffd_region *r)
{
	struct uffd_ctx *ctx = r->ctx;
	uint64_t start = r->parts->address; /* once it is in the table the reader moves parts */
	int ret = 0;

	/*
	 * An unmap or move of what was at this address before may have been read and not yet
	 * applied: munmap() returns in between. It must not hit this region.
	 */
	gate_share(&ctx->gate);
	gate_leave(&ctx->gate);
	pthread_mutex_lock(&ctx->lock);
	for (uint32_t i = 0; ret == 0 && i < r->part_count; i++) {
		const struct part *p = &r->parts[i];
		struct table_entry entry = {p->address, p->address + p->length, r, p->offset};

		ret = table_insert(&ctx->table, &entry);
	}
	if (ret == 0) {
		r->next = ctx->regions;
		ctx->regions = r;
	}
	pthread_mutex_unlock(&ctx->lock);
	if (ret == 0)
		ret = register_range(r, start);
	/* Whoever waits for the dead: its message was read, and comes again. */
	if (ret == 0 && r->continued)
		resolve_wake_all(r);
	return ret;
}

/* What has been made of it, undone. */
static void unmake(struct uffd_region *r)
{
	struct uffd_ctx *ctx = r->ctx;

	pthread_mutex_lock(&ctx->lock);
	region_unlink(r);
	pthread_mutex_unlock(&ctx->lock);
	ctx_wait_for_reader(ctx);
	if (r->state_range >= 0)
		statefile_return(ctx->state, r->state_range, r->continued);
	region_free(r);
}

int region_add(struct uffd_region **out, struct uffd_ctx *ctx, uint64_t length, uint32_t modes,
	       const struct layout *at, const struct uffd_region_opts *o)
{
	struct uffd_region *r;
	int ret = check_opts(ctx, modes, o);

	if (ret < 0)
		return ret;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->ctx = ctx;
	r->fd = -1;
	r->state_range = -1;
	r->length = length;
	r->modes = modes;
	r->flags = o->flags;
	r->wp_fault = o->wp_fault;
	r->lost = o->lost;
	r->user = o->user;
	r->on_error = o->on_error;
	r->max_retries = o->max_retries ? o->max_retries : DEFAULT_RETRIES;
	if (o->max_retries == UINT32_MAX)
		r->max_retries = 0;
	r->retry_ns = o->retry_ns ? o->retry_ns : DEFAULT_RETRY_NS;
	ret = build(r, at, o);
	if (ret == 0)
		ret = enter(r);
	if (ret < 0) {
		unmake(r);
		return ret;
	}
	r->user_free = o->user_free;
	*out = r;
	return 0;
}

int uffd_region_add(struct uffd_region **out, struct uffd_ctx *ctx, void *mem, size_t length,
		    uint32_t modes, const struct uffd_region_opts *opts)
{
	struct uffd_region_opts o = {.size = sizeof(o)};
	struct part whole = {0, length, (uint64_t)(uintptr_t)mem};
	struct layout at = {.parts = &whole, .part_count = 1};
	int ret = options_take(&o, sizeof(o), sizeof(o), opts);

	if (ret == 0)
		ret = !out || !ctx ? -EINVAL : !ctx_is_ours(ctx) ? -ECHILD : 0;
	if (ret == 0)
		ret = region_add(out, ctx, length, modes, &at, &o);
	/* The user's data is ours from the call on, also when it fails. */
	if (ret < 0 && o.user_free)
		o.user_free(o.user);
	return ret;
}
