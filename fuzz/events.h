/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the files of the fuzz target of events share: the model of the library's regions, and
 * the kernel that the library finds below itself.
 * Must never: be believed by the library.
 *
 *	events.c          reads the input, and lets program and handler run
 *	events_program.c  what the program does with its memory
 *	events_handler.c  what the handler does with the library
 *	events_model.c    the model, and the comparison of everything with it
 *	events_states.c   each transition of a page, made in the library and in the model
 *	events_child.c    what a fork must have taken along
 *	events_kernel.c   a memory with page faults, behind ioctl() and read()
 *	events_changes.c  calls that change it, and their events
 *	events_links.c    what the library asks of the rest of the machine
 */
#ifndef FUZZ_EVENTS_H
#define FUZZ_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <uffd/uapi.h>

struct pagestate;
struct uffd_child;
struct uffd_ctx;
struct uffd_loop;
struct uffd_region;

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			__builtin_trap();                                                          \
	} while (0)

/* Descriptors that no process can have. */
#define UFFD     INT32_MAX
#define CHILD_FD (INT32_MAX - 1)

#define CELL       UINT64_C(4096) /* the machine's page */
#define CELLS      128u
#define ARENA      (UINT64_C(1) << 40)
#define ARENA_END  (ARENA + CELLS * CELL)
#define REGIONS    6u
#define MOST_PAGES 64u
#define HUGE_SHIFT 14u

struct model_page {
	uint8_t state;
	bool waiters;
	bool discarded;
	bool held;        /* claimed, and the program's fault callback has it */
	uint64_t address; /* 0: unmapped */
};

struct model {
	struct uffd_region *region;
	uint64_t pages; /* 0: there is none */
	uint64_t start; /* where it was added */
	uint64_t content;
	unsigned int shift;
	bool shared;
	bool keep; /* LIBUFFD_REGION_KEEP_ON_REMOVE */
	struct model_page page[MOST_PAGES];
};

extern struct model models[REGIONS];

/* events.c */

/* The next byte of the input; 0 behind its end. */
uint8_t take(void);
/* Something that the library calls has been called: here it may be killed. */
void may_be_killed(void);
/* Messages were read, and are about to be applied: it may be killed here, too. */
void may_be_killed_applying(const struct uffd_msg *messages, unsigned int count);

/* events_program.c */

void program_touch(void);
void program_change(void);
void program_say(void);

/* events_handler.c */

extern struct handler {
	struct uffd_ctx *ctx;
	struct uffd_loop *loop;
	uint64_t added; /* regions so far */
	bool keeps_state;
	bool forking; /* until the handler is told */
	int state_fd;
} handler;

void handler_open(void);
/* All that it has goes with it, and not a word is said. */
void handler_die(void);
void handler_complete(void);
void handler_ask(void);
void handler_discard(void);
void handler_add(void);
void handler_end(void);
/* Fills or gives up pages [first, end), which it has. */
void handler_fill(struct model *m, uint64_t first, uint64_t end, uint8_t how);
/* Whether a page of m is claimed; or, not only busy ones, would lose its content. */
bool handler_has(const struct model *m, bool busy);

/* events_model.c */

/* The page that the model has at address; NULL: none. */
struct model_page *model_at(uint64_t address, struct model **m);
bool model_has_pages(uint64_t start, uint64_t end);
/* The model whose states the library keeps in ps; NULL: a child's, or one that is being made. */
struct model *model_of(const struct pagestate *ps);
void model_apply(const struct uffd_msg *msg);
void model_discard(struct model *m, uint64_t first, uint64_t end);
/* All owners are dead. */
void model_disown(struct model *m);
/* all: also where nothing should have changed since the last look. */
void model_must_match(struct uffd_ctx *ctx, bool all);
/* The region's pages are where the model's are, and as they are. */
void model_must_be_like(const struct model *m, const struct uffd_region *r);

/* events_kernel.c */

void kernel_reset(void);
/* The program maps the memory of m, and its handler is to register it. */
void kernel_map(const struct model *m);
/* Nothing of m is registered any more. */
void kernel_must_have_let_go(const struct model *m);
/* A thread of the program reads from address. */
void kernel_touch(uint64_t address);
/*
 * The program calls madvise(), munmap(), mremap(), fork(); or does not, where too many are in such
 * calls, or one throws away what would be moved. fork(): whether it did.
 */
void kernel_remove(uint64_t start, uint64_t end, bool hole);
void kernel_unmap(uint64_t start, uint64_t end);
void kernel_remap(uint64_t from, uint64_t to, uint64_t length);
bool kernel_fork(void);
/* A message to the handler of which the memory knows nothing. */
void kernel_say(const struct uffd_msg *msg);
/* Threads of the program go on as far as they can, one step. True: one did. */
bool kernel_step(void);
/* Whether somebody is in a call that changes the memory. */
bool kernel_is_changing(void);
/* The program has thrown it away without an event. */
void kernel_zap(uint64_t start, uint64_t end, bool hole, bool always);
/* The handler means these bytes of content to be zeros. */
void kernel_allow_zeros(uint64_t content, uint64_t length);
/* Installs fail as often as the input says, and nobody waits for long. */
void kernel_fail(bool may);
bool kernel_may_fail(void);
/* Who sleeps has a reason to. */
void kernel_must_be_sane(const struct uffd_loop *loop);
bool kernel_has_sleepers(void);

/* What the library asks of it. Bytes or -errno. */
enum fill { FILL_COPY, FILL_ZERO, FILL_CONTINUE, FILL_POISON };
int64_t kernel_fill(uint64_t start, uint64_t length, enum fill how, uint64_t src);
void kernel_wake(uint64_t start, uint64_t length);
void kernel_register(uint64_t start, uint64_t length);
void kernel_unregister(uint64_t start, uint64_t length);
unsigned int kernel_read(struct uffd_msg *messages, unsigned int count);

/* events_child.c */

/* The program forks; and the library hears of it. */
void child_forks(void);
void child_must_be_right(struct uffd_child *child, bool adopt);
/* Its descriptor is asked for something. */
void child_unregister(uint64_t start, uint64_t length);

/* events_links.c */

/* Whose loop reads when an install has to wait; NULL: nobody's. */
void links_set_loop(struct uffd_loop *loop);

#endif
