/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a working set's file may say. Reading and writing ask the same.
 * Must never: read or write one.
 */
#ifndef PAGER_WSETCHECK_H
#define PAGER_WSETCHECK_H

#include "pager/wsetbytes.h"

/*
 * Everything but the tables, of a file of file_length whose header says that they are where said
 * has them. 0, -EBADMSG, -EFBIG.
 */
int wset_check_header(const struct wset_file *f, const struct wset_layout *said,
		      uint64_t file_length);

/* Whether the i-th may be; those before it are known to be good, and so is the header. */
bool wset_entry_ok(const struct wset_file *f, uint64_t i);
bool wset_run_ok(const struct wset_file *f, uint64_t i);

/* The runs as a whole; every one is good by itself. 0, -EBADMSG, -ENOMEM. */
int wset_check_runs(const struct wset_file *f);

/* What reading it again would say: 0, -EBADMSG, -EFBIG, -ENOMEM. */
int wset_check_all(const struct wset_file *f);

#endif
