/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * See events.h. The library calls these functions for those of lib/memory/pagestate.c: each asks
 * the library's and the model, page by page, and compares the answers. So the model follows
 * whatever way the library takes through the transitions.
 */
#define pagestate_init            lib_init
#define pagestate_disown          lib_disown
#define pagestate_fault           lib_fault
#define pagestate_claim           lib_claim
#define pagestate_check_claimed   lib_check_claimed
#define pagestate_discarded_run   lib_discarded_run
#define pagestate_has_waiters     lib_has_waiters
#define pagestate_take_waiters    lib_take_waiters
#define pagestate_give_waiters    lib_give_waiters
#define pagestate_set_discarded   lib_set_discarded
#define pagestate_publish         lib_publish
#define pagestate_give_up         lib_give_up
#define pagestate_find_busy       lib_find_busy
#define pagestate_find_unfilled   lib_find_unfilled
#define pagestate_count_unfilled  lib_count_unfilled
#include "memory/pagestate.c" /* NOLINT(bugprone-suspicious-include) */
#undef pagestate_init
#undef pagestate_disown
#undef pagestate_fault
#undef pagestate_claim
#undef pagestate_check_claimed
#undef pagestate_discarded_run
#undef pagestate_has_waiters
#undef pagestate_take_waiters
#undef pagestate_give_waiters
#undef pagestate_set_discarded
#undef pagestate_publish
#undef pagestate_give_up
#undef pagestate_find_busy
#undef pagestate_find_unfilled
#undef pagestate_count_unfilled
