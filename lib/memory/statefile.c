/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See statefile.h. */
#include "memory/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_MAGIC   UINT64_C(0x3145544154534655) /* "UFSTATE1" where bytes are little-endian */
#define STATE_VERSION 1u
#define JOURNAL_AT    UINT64_C(4096)
#define RANGES_AT     UINT64_C(8192)
#define HEAD_BYTES    UINT64_C(16384)
#define WORDS_ALIGN   UINT64_C(65536) /* of every range's words: the largest page of any machine */

/* What it may say before it is not believed: 64 TiB, more than any address space has of guests. */
#define MOST_LENGTH (UINT64_C(1) << 46)
#define LEAST_SHIFT 12u
#define MOST_SHIFT  30u

struct state_head {
	_Atomic uint64_t magic; /* written last */
	uint32_t version;
	uint32_t ranges;
	uint64_t events; /* UFFD_FEATURE_EVENT_* */
};

struct state_range {
	uint64_t address;
	uint64_t length;
	uint64_t words_at; /* bytes, in the file */
	uint32_t page_shift;
	_Atomic uint32_t used; /* written last */
};

struct statefile {
	int fd;
	pthread_mutex_t lock; /* everything but the journal */
	uint8_t *at;          /* the first HEAD_BYTES */
	struct state_range *ranges;
	bool locked;              /* the journal, in memory */
	uint64_t end;             /* of the file: where the next range's words go */
	bool taken[STATE_RANGES]; /* by a region of this context */
};

_Static_assert(JOURNAL_AT + sizeof(struct uffd_msg) * STATE_JOURNAL <= RANGES_AT, "journal");
_Static_assert(RANGES_AT + sizeof(struct state_range) * STATE_RANGES == HEAD_BYTES, "ranges");

static uint64_t aligned(uint64_t at)
{
	return (at + WORDS_ALIGN - 1) & ~(WORDS_ALIGN - 1);
}

static uint64_t words_bytes(const struct state_range *range)
{
	return pagestate_bytes(range->length >> range->page_shift);
}

/* A lock of the process: a dead one has none, whoever else holds the descriptor. */
static int lock_file(int fd, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_len = 1};

	if (fcntl(fd, F_SETLK, &lock) == 0)
		return 0;
	return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
}

/* Room that is there: a store to a hole of a full file system would be SIGBUS. */
static int grow(int fd, uint64_t from, uint64_t to)
{
	int ret;

	do {
		ret = fallocate(fd, 0, (off_t)from, (off_t)(to - from));
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

static bool plausible(const struct state_range *range, uint64_t file_size)
{
	uint64_t page;

	if (range->page_shift < LEAST_SHIFT || range->page_shift > MOST_SHIFT)
		return false;
	page = UINT64_C(1) << range->page_shift;
	if (!range->length || range->length > MOST_LENGTH ||
	    (range->length | range->address) & (page - 1) ||
	    range->address + range->length < range->address)
		return false;
	return range->words_at >= HEAD_BYTES && range->words_at % WORDS_ALIGN == 0 &&
	       range->words_at <= file_size && words_bytes(range) <= file_size - range->words_at;
}

static bool overlap(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length)
{
	return a < b + b_length && b < a + a_length;
}

/* Two ranges must share neither addresses nor words. */
static bool apart(const struct state_range *a, const struct state_range *b)
{
	return !overlap(a->address, a->length, b->address, b->length) &&
	       !overlap(a->words_at, words_bytes(a), b->words_at, words_bytes(b));
}

/* What somebody else has left there. */
static int check(const struct statefile *file, uint64_t size, uint64_t events)
{
	const struct state_head *head = (const void *)file->at;
	const struct state_range *ranges = file->ranges;

	if (head->version != STATE_VERSION || head->ranges != STATE_RANGES ||
	    head->events != events)
		return -EBADMSG;
	for (unsigned int i = 0; i < STATE_RANGES; i++) {
		if (!atomic_load(&ranges[i].used))
			continue;
		if (!plausible(&ranges[i], size))
			return -EBADMSG;
		for (unsigned int j = 0; j < i; j++)
			if (atomic_load(&ranges[j].used) && !apart(&ranges[i], &ranges[j]))
				return -EBADMSG;
	}
	return 0;
}

/* Whether it is empty, or its maker died before it was one. */
static bool is_unmade(const struct statefile *file)
{
	const struct state_head *head = (const void *)file->at;

	if ((head->version && head->version != STATE_VERSION) ||
	    (head->ranges && head->ranges != STATE_RANGES) || atomic_load(&head->magic))
		return false;
	for (size_t i = sizeof(*head); i < HEAD_BYTES; i++)
		if (file->at[i])
			return false;
	return true;
}

static int begin(struct statefile *file, uint64_t size, uint64_t events)
{
	struct state_head *head = (void *)file->at;

	if (atomic_load(&head->magic) == STATE_MAGIC)
		return check(file, size, events);
	if (!is_unmade(file))
		return -EBADMSG;
	head->version = STATE_VERSION;
	head->ranges = STATE_RANGES;
	head->events = events;
	atomic_store(&head->magic, STATE_MAGIC);
	return 0;
}

static int map_head(struct statefile *file, uint64_t events)
{
	struct stat st;
	void *at;
	int ret;

	if (fstat(file->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	/* One that was being made when its maker died has as much, without a magic. */
	if (st.st_size && (uint64_t)st.st_size < HEAD_BYTES)
		return -EBADMSG;
	ret = grow(file->fd, 0, HEAD_BYTES);
	if (ret < 0)
		return ret;
	/* Whoever has the descriptor may not pull the ground away; a file that knows no seals may. */
	fcntl(file->fd, F_ADD_SEALS, F_SEAL_SHRINK);
	at = mmap(NULL, HEAD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file->fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	/*
	 * A process that is being killed takes no more faults: the kernel could not write a message
	 * that it has taken off the queue to a page which is not there.
	 */
	file->locked = mlock((uint8_t *)at + JOURNAL_AT, RANGES_AT - JOURNAL_AT) == 0;
	file->at = at;
	file->ranges = (void *)(file->at + RANGES_AT);
	file->end = aligned((uint64_t)st.st_size > HEAD_BYTES ? (uint64_t)st.st_size : HEAD_BYTES);
	return begin(file, (uint64_t)st.st_size, events);
}

int statefile_open(struct statefile **out, int fd, uint64_t events)
{
	int access = fcntl(fd, F_GETFL);
	struct statefile *file;
	int ret;

	if (access < 0 || access & O_PATH || (access & O_ACCMODE) != O_RDWR)
		return -EBADF;
	file = calloc(1, sizeof(*file));
	if (!file)
		return -ENOMEM;
	file->fd = fd;
	pthread_mutex_init(&file->lock, NULL);
	ret = lock_file(fd, F_WRLCK);
	if (ret < 0) {
		pthread_mutex_destroy(&file->lock);
		free(file);
		return ret;
	}
	ret = map_head(file, events);
	if (ret < 0) {
		statefile_close(file);
		return ret;
	}
	*out = file;
	return 0;
}

void statefile_close(struct statefile *file)
{
	if (!file)
		return;
	if (file->at)
		munmap(file->at, HEAD_BYTES);
	lock_file(file->fd, F_UNLCK);
	pthread_mutex_destroy(&file->lock);
	free(file);
}

/* The range that has some of these addresses, or -1. */
static int find(const struct statefile *file, uint64_t address, uint64_t length)
{
	for (int i = 0; i < (int)STATE_RANGES; i++) {
		const struct state_range *range = &file->ranges[i];

		if (atomic_load(&range->used) &&
		    overlap(range->address, range->length, address, length))
			return i;
	}
	return -1;
}

static int map_words(struct statefile *file, const struct state_range *range,
		     struct pagestate *pages)
{
	void *at = mmap(NULL, (size_t)words_bytes(range), PROT_READ | PROT_WRITE, MAP_SHARED,
			file->fd, (off_t)range->words_at);

	if (at == MAP_FAILED)
		return -errno;
	pagestate_borrow(pages, at, range->length >> range->page_shift);
	return 0;
}

static int go_on(struct statefile *file, int i, uint64_t address, uint64_t length,
		 unsigned int page_shift, struct pagestate *pages)
{
	const struct state_range *range = &file->ranges[i];
	int ret;

	if (file->taken[i])
		return -EEXIST;
	if (range->address != address || range->length != length || range->page_shift != page_shift)
		return -EBADMSG;
	/* A copy of the file may have holes. */
	ret = grow(file->fd, range->words_at, range->words_at + words_bytes(range));
	if (ret == 0)
		ret = map_words(file, range, pages);
	if (ret == 0)
		pagestate_disown(pages);
	return ret;
}

/*
 * Only memory is lost if it does not go back: nobody looks there again. Whole pages, since the part
 * of one would only be zeroed; the next range begins behind them.
 */
static void punch(struct statefile *file, const struct state_range *range)
{
	fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)range->words_at,
		  (off_t)aligned(words_bytes(range)));
}

static int make(struct statefile *file, uint64_t address, uint64_t length, unsigned int page_shift,
		struct pagestate *pages)
{
	struct state_range *range;
	int i = 0, ret;

	while (i < (int)STATE_RANGES && atomic_load(&file->ranges[i].used))
		i++;
	if (i == (int)STATE_RANGES)
		return -ENOSPC;
	range = &file->ranges[i];
	range->address = address;
	range->length = length;
	range->words_at = file->end;
	range->page_shift = page_shift;
	ret = grow(file->fd, range->words_at, range->words_at + words_bytes(range));
	if (ret == 0)
		ret = map_words(file, range, pages);
	if (ret < 0) {
		punch(file, range);
		return ret;
	}
	file->end = aligned(file->end + words_bytes(range));
	atomic_store(&range->used, 1);
	return i;
}

int statefile_take(struct statefile *file, uint64_t address, uint64_t length,
		   unsigned int page_shift, struct pagestate *pages, bool *continued)
{
	int i, ret;

	pthread_mutex_lock(&file->lock);
	i = find(file, address, length);
	*continued = i >= 0;
	if (i >= 0) {
		ret = go_on(file, i, address, length, page_shift, pages);
		ret = ret < 0 ? ret : i;
	} else {
		ret = make(file, address, length, page_shift, pages);
	}
	if (ret >= 0)
		file->taken[ret] = true;
	pthread_mutex_unlock(&file->lock);
	return ret;
}

void statefile_remove(struct statefile *file, int range)
{
	pthread_mutex_lock(&file->lock);
	atomic_store(&file->ranges[range].used, 0);
	file->taken[range] = false;
	punch(file, &file->ranges[range]);
	pthread_mutex_unlock(&file->lock);
}

void statefile_return(struct statefile *file, int range, bool continued)
{
	if (!continued) {
		statefile_remove(file, range);
		return;
	}
	pthread_mutex_lock(&file->lock);
	file->taken[range] = false;
	pthread_mutex_unlock(&file->lock);
}

bool statefile_is_locked(const struct statefile *file)
{
	return file->locked;
}

bool statefile_has_more(struct statefile *file)
{
	bool more = false;

	pthread_mutex_lock(&file->lock);
	for (unsigned int i = 0; i < STATE_RANGES; i++)
		more |= atomic_load(&file->ranges[i].used) && !file->taken[i];
	pthread_mutex_unlock(&file->lock);
	return more;
}

struct uffd_msg *statefile_journal(struct statefile *file)
{
	return (void *)(file->at + JOURNAL_AT);
}

void statefile_wipe_journal(struct statefile *file, unsigned int count)
{
	struct uffd_msg *journal = statefile_journal(file);

	/* A byte each: who is killed in the middle must not leave half of a message. */
	for (unsigned int i = 0; i < count; i++)
		atomic_store((_Atomic uint8_t *)&journal[i].event, 0);
}
