/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the file that a snapshot's memory is in. Must never: write what is to be a hole. */
#ifndef SERVE_VMM_SNAPSHOT_FILE_H
#define SERVE_VMM_SNAPSHOT_FILE_H

#include <stdint.h>

/* Writes path anew, of size bytes. 0, or -1: the reason was said. */
int snapshot_file_make(const char *path, uint64_t size);

#endif
