/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: one madvise(MADV_DONTNEED), and its entry in the ledger. Must never: leave one without. */
#ifndef SERVE_VMM_DISCARD_H
#define SERVE_VMM_DISCARD_H

#include "vmm.h"

/* Units one by one, all of them announced to the ledger before the first goes. */
void discard_units(struct vmm *vmm, const uint64_t *units, uint64_t count);
/* A range of addresses in memory->at; whatever lies in it. Ends are those of 4 KiB pages. */
void discard_range(struct vmm *vmm, uint64_t from, uint64_t to);
/* What the kernel must refuse and nobody may notice: a range that begins within a huge page. */
void discard_within_huge_page(struct vmm *vmm, uint64_t unit);

#endif
