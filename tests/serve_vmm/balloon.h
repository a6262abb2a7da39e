/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: throwing pages away, as a balloon and free page reporting do.
 * Must never: touch a page.
 */
#ifndef SERVE_VMM_BALLOON_H
#define SERVE_VMM_BALLOON_H

#include "vmm.h"

/*
 * Throws away at random until stop is set, half as much as the guest touches, so that the rest
 * stays long enough to be looked at.
 */
void balloon_run(struct vmm *vmm, const _Atomic bool *stop);
/* A storm's part in the rounds: every page, at random, and more. */
void balloon_storm(struct vmm *vmm);

#endif
