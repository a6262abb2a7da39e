/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * See events.h. A memory of CELLS pages with what Linux does to it: one cell says what is mapped at
 * an address, one thread for each may sleep there, and whoever changes the memory waits until its
 * event has been read. The library reaches it through events_links.c.
 */
#include "events.h"

#include <errno.h>
#include <string.h>

#include <uffd/region.h>

#include "loop/loop.h"

/* What a page may hold. */
#define CONTENT UINT8_C(1)
#define ZEROS   UINT8_C(2)

struct cell {
	bool mapped;
	bool registered;
	bool present; /* in the page table */
	bool poison;  /* ... as a marker */
	bool shared;
	bool keep;
	uint8_t what;     /* CONTENT, ZEROS or nothing: in the page, or in the cache */
	uint8_t allowed;  /* ... and what it may be */
	uint64_t size;    /* of its page; a huge one has several cells */
	uint64_t content; /* where its content is copied from */
};

enum sleep { AWAKE, FAULTED, TOLD /* its message has been read */, WOKEN };

/* A call that changes the memory: its event, and how far it has come. */
struct change {
	struct uffd_msg msg;
	enum { UNREAD, READ, TO_ZAP } stage;
	bool hole;
	bool nobody; /* there is no such call */
};

#define CHANGES 40u

static struct {
	struct cell cell[CELLS];
	enum sleep thread[CELLS];
	struct change change[CHANGES];
	unsigned int changes;
	bool may_fail;
} kernel;

static uint64_t address_of(unsigned int i)
{
	return ARENA + i * CELL;
}

/* The cells of a range: none where it is not in the arena. */
static struct cell *cells(uint64_t start, uint64_t length)
{
	if (start < ARENA || start >= ARENA_END || length > ARENA_END - start)
		return NULL;
	return &kernel.cell[(start - ARENA) / CELL];
}

void kernel_reset(void)
{
	memset(&kernel, 0, sizeof(kernel));
}

void kernel_map(const struct model *m)
{
	for (uint64_t i = 0; i < m->pages << m->shift; i += CELL) {
		struct cell *c = cells(m->start + i, CELL);

		*c = (struct cell){.mapped = true,
				   .registered = true,
				   .shared = m->shared,
				   .keep = m->keep,
				   .allowed = CONTENT,
				   .size = UINT64_C(1) << m->shift,
				   .content = m->content + i};
	}
}

void kernel_must_have_let_go(const struct model *m)
{
	for (struct cell *c = kernel.cell; c < kernel.cell + CELLS; c++)
		MUST(!c->registered || c->content - m->content >= m->pages << m->shift);
}

void kernel_fail(bool may)
{
	kernel.may_fail = may;
}

bool kernel_may_fail(void)
{
	return kernel.may_fail;
}

void kernel_allow_zeros(uint64_t content, uint64_t length)
{
	for (struct cell *c = kernel.cell; c < kernel.cell + CELLS; c++)
		if (c->content - content < length)
			c->allowed |= ZEROS;
}

/* It faults, or reads what is there. */
void kernel_touch(uint64_t address)
{
	unsigned int i = (unsigned int)((address - ARENA) / CELL);
	const struct cell *c = &kernel.cell[i];

	if (kernel.thread[i] == FAULTED || kernel.thread[i] == TOLD)
		return;
	kernel.thread[i] = AWAKE;
	if (!c->mapped || c->poison)
		return;
	if (c->present)
		MUST(c->what & c->allowed);
	else if (c->registered)
		kernel.thread[i] = FAULTED;
}

static void wake(uint64_t start, uint64_t length)
{
	for (unsigned int i = 0; i < CELLS; i++) {
		uint64_t address = address_of(i);

		if (address >= start && address - start < length && kernel.thread[i] != AWAKE)
			kernel.thread[i] = WOKEN;
	}
}

bool kernel_has_sleepers(void)
{
	for (unsigned int i = 0; i < CELLS; i++)
		if (kernel.thread[i] != AWAKE)
			return true;
	return false;
}

/* Whether its fault is among those that the loop has read and not yet answered. */
static bool is_queued(const struct uffd_loop *loop, uint64_t address)
{
	for (uint32_t i = 0; i < loop->faults.count; i++)
		if (loop->faults.at[loop->faults.head + i].arg.pagefault.address / CELL ==
		    address / CELL)
			return true;
	return false;
}

static void complete_pages_must_be_there(void)
{
	for (struct model *m = models; m < models + REGIONS; m++) {
		for (uint64_t i = 0; i < m->pages; i++) {
			const struct model_page *p = &m->page[i];
			const struct cell *c = p->address ? cells(p->address, CELL) : NULL;

			if (c && !m->shared && !p->discarded && p->state == LIBUFFD_PAGE_CACHED)
				MUST(c->present && (c->poison || c->what & c->allowed));
		}
	}
}

void kernel_must_be_sane(const struct uffd_loop *loop)
{
	for (unsigned int i = 0; i < CELLS; i++) {
		struct model_page *p;
		struct model *m;

		if (kernel.thread[i] != TOLD || is_queued(loop, address_of(i)))
			continue;
		/* Somebody has the page, and knows that he must wake. */
		p = model_at(address_of(i), &m);
		MUST(p && p->state == LIBUFFD_PAGE_BUSY && p->waiters);
	}
	if (kernel.changes == 0)
		complete_pages_must_be_there();
}

/* Changes. */

bool kernel_is_changing(void)
{
	return kernel.changes > 0;
}

/* Installs are refused between the event and its reader's word. */
static bool is_refusing(void)
{
	for (unsigned int i = 0; i < kernel.changes; i++)
		if (!kernel.change[i].nobody && kernel.change[i].stage != TO_ZAP)
			return true;
	return false;
}

static bool queue_change(const struct uffd_msg *msg, bool hole, bool nobody)
{
	if (kernel.changes == CHANGES)
		return false;
	kernel.change[kernel.changes++] = (struct change){*msg, UNREAD, hole, nobody};
	return true;
}

void kernel_say(const struct uffd_msg *msg)
{
	queue_change(msg, false, true);
}

/* Two calls for the same addresses have an order; there is none for what madvise() would hit. */
static bool is_removing(uint64_t start, uint64_t length)
{
	for (unsigned int i = 0; i < kernel.changes; i++) {
		const struct uffd_msg *msg = &kernel.change[i].msg;

		if (!kernel.change[i].nobody && msg->event == UFFD_EVENT_REMOVE &&
		    start < msg->arg.remove.end && msg->arg.remove.start < start + length)
			return true;
	}
	return false;
}

bool kernel_remove(uint64_t start, uint64_t end, bool hole)
{
	struct uffd_msg msg = {.event = UFFD_EVENT_REMOVE};

	msg.arg.remove.start = start;
	msg.arg.remove.end = end;
	return queue_change(&msg, hole, false);
}

static void forget_cells(uint64_t start, uint64_t end)
{
	for (uint64_t at = start; at < end; at += CELL)
		*cells(at, CELL) = (struct cell){0};
}

bool kernel_unmap(uint64_t start, uint64_t end)
{
	struct uffd_msg msg = {.event = UFFD_EVENT_UNMAP};

	msg.arg.remove.start = start;
	msg.arg.remove.end = end;
	if (is_removing(start, end - start) || !queue_change(&msg, false, false))
		return false;
	forget_cells(start, end);
	return true;
}

bool kernel_remap(uint64_t from, uint64_t to, uint64_t length)
{
	struct uffd_msg msg = {.event = UFFD_EVENT_REMAP};

	msg.arg.remap.from = from;
	msg.arg.remap.to = to;
	msg.arg.remap.len = length;
	if (is_removing(from, length) || is_removing(to, length) || kernel.changes + 2 > CHANGES ||
	    (from < to + length && to < from + length))
		return false;
	/* What is there is unmapped first, and that is said first. */
	kernel_unmap(to, to + length);
	memcpy(cells(to, length), cells(from, length), length / CELL * sizeof(struct cell));
	forget_cells(from, from + length);
	return queue_change(&msg, false, false);
}

bool kernel_fork(void)
{
	struct uffd_msg msg = {.event = UFFD_EVENT_FORK};

	msg.arg.fork.ufd = CHILD_FD;
	return queue_change(&msg, false, false);
}

static void zap_cell(struct cell *c, bool hole, bool always)
{
	bool keep = c->keep && !always;

	c->present = c->poison = false;
	if (!c->shared) {
		c->what = 0;
		c->allowed = ZEROS;
		return;
	}
	/* Of shared memory only the hole is gone; what had not come may be said to be zeros now. */
	if (hole)
		c->what = 0;
	if (!keep && (hole || !c->what))
		c->allowed = ZEROS;
	else if (!keep || hole)
		c->allowed |= ZEROS;
}

/* Whether the whole page of cell i lies in [start, end), however large it is. */
static bool is_within(unsigned int i, uint64_t start, uint64_t end)
{
	const struct cell *c = &kernel.cell[i];
	uint64_t page = address_of(i) & ~(c->size - 1);

	return c->mapped && page >= start && page + c->size <= end;
}

void kernel_zap(uint64_t start, uint64_t end, bool hole, bool always)
{
	for (unsigned int i = 0; i < CELLS; i++)
		if (is_within(i, start, end))
			zap_cell(&kernel.cell[i], hole, always);
}

/* The handler has read of it: from here to its end its user may find the one or the other. */
static void begin_zap(const struct change *c)
{
	for (unsigned int i = 0; i < CELLS; i++)
		if (is_within(i, c->msg.arg.remove.start, c->msg.arg.remove.end))
			kernel.cell[i].allowed |= ZEROS;
}

/* The call at i goes on after its event was read. */
static void go_on(unsigned int i)
{
	struct change *c = &kernel.change[i];

	if (!c->nobody && c->msg.event == UFFD_EVENT_REMOVE) {
		if (c->stage == READ) {
			c->stage = TO_ZAP;
			return;
		}
		kernel_zap(c->msg.arg.remove.start, c->msg.arg.remove.end, c->hole, false);
	}
	kernel.changes--;
	memmove(c, c + 1, (kernel.changes - i) * sizeof(*c));
}

bool kernel_step(void)
{
	for (unsigned int i = 0; i < kernel.changes; i++) {
		if (kernel.change[i].stage != UNREAD) {
			go_on(i);
			return true;
		}
	}
	for (unsigned int i = 0; i < CELLS; i++)
		if (kernel.thread[i] == WOKEN)
			kernel_touch(address_of(i));
	return false;
}

/* What the library asks for. */

static unsigned int read_faults(struct uffd_msg *messages, unsigned int count)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < CELLS && n < count; i++) {
		const struct cell *c = &kernel.cell[i];
		struct uffd_msg *msg = &messages[n];

		if (kernel.thread[i] != FAULTED)
			continue;
		memset(msg, 0, sizeof(*msg));
		msg->event = UFFD_EVENT_PAGEFAULT;
		msg->arg.pagefault.address = address_of(i) + (i & 1 ? 0x123 : 0);
		if (c->shared && c->what)
			msg->arg.pagefault.flags = UFFD_PAGEFAULT_FLAG_MINOR;
		kernel.thread[i] = TOLD;
		n++;
	}
	return n;
}

/* Faults come first, however old an event is. */
unsigned int kernel_read(struct uffd_msg *messages, unsigned int count)
{
	unsigned int most = 1 + take() % count, n;

	may_be_killed();
	for (unsigned int i = 0; i < CELLS; i++)
		if (kernel.thread[i] == WOKEN)
			kernel_touch(address_of(i));
	n = read_faults(messages, most);
	for (unsigned int i = 0; i < kernel.changes && n < most; i++) {
		struct change *c = &kernel.change[i];

		if (c->stage != UNREAD)
			continue;
		c->stage = READ;
		messages[n++] = c->msg;
		if (!c->nobody && c->msg.event == UFFD_EVENT_REMOVE)
			begin_zap(c);
		model_apply(&c->msg);
	}
	/* Nobody waits for what nobody has said. */
	for (unsigned int i = kernel.changes; i-- > 0;)
		if (kernel.change[i].nobody && kernel.change[i].stage == READ)
			go_on(i);
	may_be_killed_applying(messages, n);
	return n;
}

void kernel_wake(uint64_t start, uint64_t length)
{
	may_be_killed();
	wake(start, length);
}

void kernel_register(uint64_t start, uint64_t length)
{
	struct cell *c = cells(start, length);

	MUST(c);
	may_be_killed();
	for (uint64_t i = 0; i < length / CELL; i++)
		c[i].registered = c[i].mapped;
}

void kernel_unregister(uint64_t start, uint64_t length)
{
	struct cell *c = cells(start, length);

	MUST(c);
	may_be_killed();
	for (uint64_t i = 0; i < length / CELL; i++)
		c[i].registered = false;
	wake(start, length);
}

/* Whether the handler may map the page: its owner it must be, and discards must be heeded. */
static void must_be_allowed(uint64_t address, bool content)
{
	struct model *m;
	const struct model_page *p = model_at(address, &m);

	MUST(p && p->state == LIBUFFD_PAGE_BUSY);
	MUST(!content || !p->discarded);
}

/* One page, of as many cells as it has. 0, or -errno. */
static int fill_page(struct cell *c, uint64_t address, enum fill how, uint64_t src)
{
	if (c->present || (c->what && how <= FILL_ZERO))
		return -EEXIST;
	if (!c->what && how == FILL_CONTINUE)
		return -EFAULT;
	must_be_allowed(address, how == FILL_COPY && src);
	for (uint64_t i = 0; i < c->size / CELL; i++) {
		MUST(c[i].mapped && c[i].registered && !c[i].present);
		c[i].present = true;
		c[i].poison = how == FILL_POISON;
		if (how <= FILL_ZERO) {
			MUST(!src || src + i * CELL == c[i].content);
			c[i].what = src ? CONTENT : ZEROS;
		}
	}
	return 0;
}

/* Why an install fails though nothing is wrong with it. */
static int fail(void)
{
	uint8_t why = kernel.may_fail ? take() : 0;

	return why == 255 ? -ENOMEM : why >= 250 ? -EAGAIN : 0;
}

int64_t kernel_fill(uint64_t start, uint64_t length, enum fill how, uint64_t src)
{
	struct cell *c = cells(start, length);
	uint64_t done = 0;
	int ret = 0;

	may_be_killed();
	if (is_refusing())
		return -EAGAIN;
	for (uint64_t i = 0; i < length / CELL; i++)
		if (!c || !c[i].mapped || !c[i].registered)
			return -ENOENT;
	while (done < length && ret == 0) {
		uint64_t size = c[done / CELL].size;

		MUST(!((start | length) & (size - 1)));
		ret = fail();
		if (ret == 0)
			ret = fill_page(&c[done / CELL], start + done, how, src ? src + done : 0);
		done += ret == 0 ? size : 0;
	}
	if (done)
		wake(start, done);
	may_be_killed();
	return done ? (int64_t)done : ret;
}
