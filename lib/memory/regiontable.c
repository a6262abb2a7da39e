/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See regiontable.h. */
#include "memory/regiontable.h"

#include <errno.h>

#include "util/pages.h"

#define FIRST_CAPACITY    16u
#define CACHE_LINE        ((size_t)64)
#define BUCKETS_PER_ENTRY 4u

struct table_store {
	size_t bytes;
	struct table_store *next; /* retired */
	uint32_t capacity;        /* of slots */
	uint32_t buckets;         /* how many there are room for */
	_Atomic uint32_t count;   /* slots in use */
	_Atomic bool fresh;       /* the buckets are as the slots are */
	_Atomic uint64_t base;    /* address of the first bucket */
	_Atomic uint32_t shift;   /* log2 of the bytes in a bucket */
	_Atomic uint32_t
		*bucket; /* the last slot that starts at or before the bucket's start, or 0 */
	_Alignas(CACHE_LINE) struct table_slot slot[];
};

/*
 * Readers load with acquire and the writer stores with release, every field: so the reader's last
 * look at the sequence comes after its data, and the writer's data after its first. No fences,
 * which the thread sanitizer does not know.
 */
#define READ(x)     atomic_load_explicit(&(x), memory_order_acquire)
#define WRITE(x, v) atomic_store_explicit(&(x), (v), memory_order_release)

static void write_begin(struct region_table *t)
{
	atomic_fetch_add_explicit(&t->sequence, 1, memory_order_acq_rel);
}

static void write_end(struct region_table *t)
{
	atomic_fetch_add_explicit(&t->sequence, 1, memory_order_release);
}

static void read_slot(const struct table_slot *s, struct table_entry *e)
{
	e->start = READ(s->start);
	e->end = READ(s->end);
	e->region = READ(s->region);
	e->offset = READ(s->offset);
}

static void write_slot(struct table_slot *s, const struct table_entry *e)
{
	WRITE(s->start, e->start);
	WRITE(s->end, e->end);
	WRITE(s->region, e->region);
	WRITE(s->offset, e->offset);
}

static void copy_slot(struct table_slot *to, const struct table_slot *from)
{
	struct table_entry e;

	read_slot(from, &e);
	write_slot(to, &e);
}

/* The last slot in [low, high] that starts at or before address; low if none does. */
static uint32_t last_at_or_before(const struct table_store *s, uint32_t low, uint32_t high,
				  uint64_t address)
{
	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (READ(s->slot[middle].start) <= address)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* Between which slots the one for address is. */
static void narrow(const struct table_store *s, uint64_t address, uint32_t *low, uint32_t *high)
{
	uint64_t bucket = (address - READ(s->base)) >> READ(s->shift);

	if (bucket + 1 >= s->buckets)
		bucket = s->buckets - 2;
	*low = READ(s->bucket[bucket]);
	*high = READ(s->bucket[bucket + 1]);
}

/* One look, which may be torn: every index is bounded by what the store has room for. */
static bool look(const struct table_store *s, uint64_t address, struct table_entry *found)
{
	uint32_t count = READ(s->count), low = 0, high = count - 1;

	if (count == 0 || address < READ(s->slot[0].start))
		return false;
	if (READ(s->fresh))
		narrow(s, address, &low, &high);
	if (high >= s->capacity || low > high)
		return false;
	/*
	 * Nearly always one slot or two. Which of two is a coin's toss, and a wrong guess costs
	 * more than the whole lookup: added up, not branched on.
	 */
	if (high - low > 1)
		low = last_at_or_before(s, low, high, address);
	else
		low += (uint32_t)(READ(s->slot[high].start) <= address) & (high - low);
	read_slot(&s->slot[low], found);
	return address >= found->start && address < found->end;
}

bool table_is_stale(const struct region_table *t)
{
	const struct table_store *s = READ(t->store);

	return s && !atomic_load_explicit(&s->fresh, memory_order_relaxed);
}

bool table_lookup(const struct region_table *t, uint64_t address, struct table_entry *found)
{
	uint32_t before;
	bool hit;

	do {
		const struct table_store *s;

		while ((before = READ(t->sequence)) & 1)
			;
		s = READ(t->store);
		hit = s && look(s, address, found);
	} while (atomic_load_explicit(&t->sequence, memory_order_relaxed) != before);
	return hit;
}

/* The writer's side: no torn looks here, the caller holds the lock. */

static uint32_t count_of(const struct region_table *t)
{
	struct table_store *s = atomic_load(&t->store);

	return s ? atomic_load(&s->count) : 0;
}

/* The first slot whose end is above address: count if none. */
static uint32_t first_ending_after(const struct table_store *s, uint32_t count, uint64_t address)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (atomic_load(&s->slot[middle].end) > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

bool table_first_overlap(const struct region_table *t, uint64_t start, uint64_t end,
			 struct table_entry *found)
{
	struct table_store *s = atomic_load(&t->store);
	uint32_t count = count_of(t), at;

	if (count == 0)
		return false;
	at = first_ending_after(s, count, start);
	if (at == count)
		return false;
	read_slot(&s->slot[at], found);
	return found->start < end;
}

static void rebuild_buckets(struct table_store *s)
{
	uint32_t count = atomic_load(&s->count), slot = 0, shift = 0;
	uint64_t base, span;

	if (count == 0)
		return;
	base = atomic_load(&s->slot[0].start);
	span = atomic_load(&s->slot[count - 1].end) - base;
	while (span >> shift >= s->buckets - 1)
		shift++;
	WRITE(s->base, base);
	WRITE(s->shift, shift);
	for (uint32_t b = 0; b < s->buckets; b++) {
		uint64_t start = base + ((uint64_t)b << shift);

		while (slot + 1 < count && atomic_load(&s->slot[slot + 1].start) <= start)
			slot++;
		WRITE(s->bucket[b], slot);
	}
}

void table_refresh(struct region_table *t)
{
	struct table_store *s = atomic_load(&t->store);

	if (!s || atomic_load(&s->fresh))
		return;
	write_begin(t);
	rebuild_buckets(s);
	WRITE(s->fresh, true);
	write_end(t);
}

static struct table_store *new_store(uint32_t capacity)
{
	uint32_t buckets = capacity * BUCKETS_PER_ENTRY;
	size_t bytes = sizeof(struct table_store) + capacity * sizeof(struct table_slot) +
		       buckets * sizeof(_Atomic uint32_t);
	/* The reader cuts entries too. Page aligned, so that a slot lies within a cache line. */
	struct table_store *s = pages_alloc(bytes);

	if (!s)
		return NULL;
	s->bytes = bytes;
	s->capacity = capacity;
	s->buckets = buckets;
	s->bucket = (void *)&s->slot[capacity];
	return s;
}

static void free_store(struct table_store *s)
{
	if (s)
		pages_free(s, s->bytes);
}

/* Makes room for more entries. The old store stays for readers who are in it. */
static int reserve(struct region_table *t, uint32_t more)
{
	struct table_store *old = atomic_load(&t->store), *s;
	uint32_t count = count_of(t), capacity = old ? old->capacity : FIRST_CAPACITY;

	if (old && count + more <= capacity)
		return 0;
	while (capacity < count + more)
		capacity *= 2;
	s = new_store(capacity);
	if (!s)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		copy_slot(&s->slot[i], &old->slot[i]);
	atomic_store(&s->count, count);
	write_begin(t);
	WRITE(t->store, s);
	write_end(t);
	if (old) {
		old->next = t->retired;
		t->retired = old;
	}
	return 0;
}

void table_init(struct region_table *t)
{
	atomic_init(&t->sequence, 0);
	atomic_init(&t->store, NULL);
	t->retired = NULL;
}

void table_fini(struct region_table *t)
{
	free_store(atomic_load(&t->store));
	while (t->retired) {
		struct table_store *next = t->retired->next;

		free_store(t->retired);
		t->retired = next;
	}
}

/* Room for the entry is there, and nothing overlaps it. */
static void put(struct table_store *s, const struct table_entry *entry)
{
	uint32_t count = atomic_load(&s->count);
	uint32_t at = first_ending_after(s, count, entry->start);

	WRITE(s->fresh, false);
	for (uint32_t i = count; i > at; i--)
		copy_slot(&s->slot[i], &s->slot[i - 1]);
	write_slot(&s->slot[at], entry);
	WRITE(s->count, count + 1);
}

int table_insert(struct region_table *t, const struct table_entry *entry)
{
	struct table_entry other;
	struct table_store *s;
	int ret;

	if (table_first_overlap(t, entry->start, entry->end, &other))
		return -EEXIST;
	/* One more than needed: what the reader cuts in two finds room without mmap(2). */
	ret = reserve(t, 2);
	if (ret < 0)
		return ret;
	s = atomic_load(&t->store);
	write_begin(t);
	put(s, entry);
	write_end(t);
	return 0;
}

void table_remove_region(struct region_table *t, const struct uffd_region *region)
{
	struct table_store *s = atomic_load(&t->store);
	uint32_t count = count_of(t), kept = 0;

	if (count == 0)
		return;
	write_begin(t);
	WRITE(s->fresh, false);
	for (uint32_t i = 0; i < count; i++) {
		if (atomic_load(&s->slot[i].region) == region)
			continue;
		if (kept != i)
			copy_slot(&s->slot[kept], &s->slot[i]);
		kept++;
	}
	WRITE(s->count, kept);
	write_end(t);
}

/* The part of e within [start, end). */
static struct table_entry clip(const struct table_entry *e, uint64_t start, uint64_t end)
{
	struct table_entry piece = *e;

	if (piece.start < start) {
		piece.offset += start - piece.start;
		piece.start = start;
	}
	if (piece.end > end)
		piece.end = end;
	return piece;
}

int table_cut(struct region_table *t, uint64_t start, uint64_t end,
	      void (*out)(const struct table_entry *piece, void *user), void *user)
{
	struct table_store *s;
	struct table_entry e;
	int ret = reserve(t, 1); /* a cut in the middle of an entry makes two of it */

	if (ret < 0)
		return ret;
	s = atomic_load(&t->store);
	write_begin(t);
	WRITE(s->fresh, false);
	while (table_first_overlap(t, start, end, &e)) {
		uint32_t count = atomic_load(&s->count);
		uint32_t at = first_ending_after(s, count, start);
		struct table_entry gone = clip(&e, start, end);

		for (uint32_t i = at; i + 1 < count; i++)
			copy_slot(&s->slot[i], &s->slot[i + 1]);
		WRITE(s->count, count - 1);
		if (e.start < start) {
			struct table_entry left = clip(&e, e.start, start);

			put(s, &left);
		}
		if (e.end > end) {
			struct table_entry right = clip(&e, end, e.end);

			put(s, &right);
		}
		if (out)
			out(&gone, user);
	}
	write_end(t);
	return 0;
}

bool table_last_before(const struct region_table *t, uint64_t address, struct table_entry *found)
{
	struct table_store *s = atomic_load(&t->store);
	uint32_t count = count_of(t), at;

	if (count == 0)
		return false;
	at = first_ending_after(s, count, address);
	if (at == 0)
		return false;
	read_slot(&s->slot[at - 1], found);
	return true;
}
