/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the one shape in which messages arrive, whatever brings them.
 * Must never: interpret a message.
 */
#ifndef LOOP_POLLER_H
#define LOOP_POLLER_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>

#include <uffd/uapi.h>

struct file_read;
struct poller;

struct poller_target {
	int uffd;
	int wakefd;  /* an eventfd: readable when the loop shall look up */
	bool events; /* messages other than faults may come: they are read under the gate */
};

struct poller_ops {
	uint32_t kind; /* LIBUFFD_POLLER_* */
	int (*open)(struct poller **poller, const struct poller_target *target);
	void (*close)(struct poller *poller);
	/*
	 * Makes ready to wait, in the thread that will; and undoes it, in the same thread. disarm()
	 * answers 1 while there are messages to fetch, or reads to answer, first: then do that, and
	 * call it again; 0 when all is undone; -EBUSY: reads are under way that only another thread
	 * can bring to their end.
	 */
	int (*arm)(struct poller *poller);
	int (*disarm)(struct poller *poller);
	/* Brings up what has arrived, for fetch() to see, where the kernel only does so when asked.
	 */
	int (*look)(struct poller *poller);
	/*
	 * Forgets the announcements of messages that the caller is about to read by itself. Before
	 * it reads: one that comes later announces messages that come later.
	 */
	void (*forget)(struct poller *poller);
	/* Sleeps until something may be there; nanoseconds, 0: does not sleep, -1: for ever. 0,
	 * -errno */
	int (*wait)(struct poller *poller, int64_t timeout);
	/* Takes up to count messages and does not sleep: how many, or -errno. */
	int (*fetch)(struct poller *poller, struct uffd_msg *messages, unsigned int count);
	/*
	 * wakefd has been written to: what else it takes for fd() to become readable. Any thread,
	 * any signal handler.
	 */
	void (*kick)(struct poller *poller);
	/* Polls readable when wait() would not sleep, until look(). Once armed. */
	int (*fd)(struct poller *poller);
	/* Begins what has been asked for, where the next wait() may be far. */
	void (*flush)(struct poller *poller);
	/*
	 * Begins a read; its answer comes up with messages. False: not now. Both NULL where the
	 * poller has no way to read.
	 */
	bool (*read)(struct poller *poller, struct file_read *read);
	/* Takes a read that has its result, those that somebody waits for first; NULL: none. */
	struct file_read *(*answered)(struct poller *poller);
	/* Faults arrive by READ_MULTISHOT. */
	bool (*multishot)(const struct poller *poller);
};

extern const struct poller_ops poller_poll;
extern const struct poller_ops poller_uring; /* open answers -EOPNOTSUPP where it is compiled out */

/*
 * A userfaultfd polls as an error where somebody else who has it has taken O_NONBLOCK off: on
 * again. 0, or -EBADF: something else is wrong with it.
 */
static inline int poller_mend(int uffd)
{
	int flags = fcntl(uffd, F_GETFL);

	if (flags < 0 || flags & O_NONBLOCK)
		return -EBADF;
	return fcntl(uffd, F_SETFL, flags | O_NONBLOCK) < 0 ? -EBADF : 0;
}

#endif
