/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * See events.h. A memory of CELLS pages with what Linux does to it: one cell says what is mapped at
 * an address, and one thread for each may sleep there. The library reaches it through
 * events_links.c.
 */
#include "events_cells.h"

#include <errno.h>
#include <string.h>

#include <uffd/region.h>

#include "loop/loop.h"

/* This is no way through the library: the fuzzer need not see where it goes. */
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

enum sleep { AWAKE, FAULTED, TOLD /* its message has been read */, WOKEN };

struct cell kernel_cell[CELLS];

static struct {
	enum sleep thread[CELLS];
	bool may_fail;
} kernel;

void kernel_reset(void)
{
	memset(&kernel, 0, sizeof(kernel));
	memset(kernel_cell, 0, sizeof(kernel_cell));
	changes_reset();
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
	for (struct cell *c = kernel_cell; c < kernel_cell + CELLS; c++)
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
	for (struct cell *c = kernel_cell; c < kernel_cell + CELLS; c++)
		if (c->content - content < length)
			c->allowed |= ZEROS;
}

/* It faults, or reads what is there. */
void kernel_touch(uint64_t address)
{
	unsigned int i = (unsigned int)((address - ARENA) / CELL);
	const struct cell *c = &kernel_cell[i];

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
	if (!kernel_is_changing())
		complete_pages_must_be_there();
}

bool kernel_step(void)
{
	if (changes_step())
		return true;
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
		const struct cell *c = &kernel_cell[i];
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
	n += changes_read(messages + n, most - n);
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
	if (changes_refuse())
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

#pragma clang attribute pop
