/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a prefetch has in flight and has done, when it is over, and who is the last to have
 * it. Must never: begin anything.
 */
#include <errno.h>
#include <stdlib.h>

#include "pager/prefetch.h"
#include "pager/workingset.h"
#include "util/futex.h"

/* With the lock held. True: nobody has it any more, and the caller frees it without the lock. */
static bool settle(struct uffd_prefetch *f)
{
	if (f->over && !f->in_flight && !f->stepping &&
	    atomic_load(&f->state) == LIBUFFD_PREFETCH_RUNNING) {
		uint32_t state = f->error              ? LIBUFFD_PREFETCH_FAILED
				 : f->done >= f->total ? LIBUFFD_PREFETCH_DONE
						       : LIBUFFD_PREFETCH_CANCELLED;

		atomic_store(&f->state, state);
		futex_wake_all(&f->state);
	}
	return f->closed && !f->listed && !f->in_flight && !f->stepping;
}

void prefetch_free(struct uffd_prefetch *f)
{
	if (f->set)
		workingset_drop(f->set);
	pthread_mutex_destroy(&f->lock);
	free(f->ranges);
	free(f);
}

void prefetch_unlock(struct uffd_prefetch *f)
{
	bool last = settle(f);

	pthread_mutex_unlock(&f->lock);
	if (last)
		prefetch_free(f);
}

void prefetch_ended(struct uffd_prefetch *f, uint64_t gone, uint64_t brought, int error)
{
	pthread_mutex_lock(&f->lock);
	f->in_flight -= gone;
	f->brought += brought;
	f->over |= error != 0;
	/* That its region ends is no error, and nothing done. */
	f->done += error == -ECANCELED ? 0 : gone;
	if (error && error != -ECANCELED && !f->error)
		f->error = error;
	prefetch_unlock(f);
}
