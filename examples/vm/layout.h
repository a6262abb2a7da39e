/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: where things are in the guest's physical memory, and the ports by which it talks; read by
 * the C compiler and by the assembler of guest.S.
 * Must never: be changed without raising SNAPSHOT_VERSION.
 *
 * Physical addresses are virtual addresses: an identity mapping of 2 MiB pages.
 */
#ifndef EXAMPLES_VM_LAYOUT_H
#define EXAMPLES_VM_LAYOUT_H

#define LAYOUT_PARAMETERS   0x0000 /* what the guest's program is told */
#define LAYOUT_PML4         0x1000
#define LAYOUT_PDPT         0x2000
#define LAYOUT_PAGE_DIRS    0x3000 /* one page for each GiB */
#define LAYOUT_MAX_GIB      3      /* above it are the addresses that KVM wants for itself */
#define LAYOUT_PROGRAM      0x8000
#define LAYOUT_PROGRAM_SIZE 0x8000
#define LAYOUT_FIRST_PAGE   16 /* from here on memory is pattern (pages of 4 KiB) */

/* The parameters: 64-bit words at these offsets. */
#define PARAMETER_SEED  0
#define PARAMETER_PAGES 8  /* pages of 4 KiB in all */
#define PARAMETER_MASK  16 /* of the scattered order */

/* What the guest's program does. */
#define PROGRAM_PATTERN 0 /* guest.S: fills memory, pauses, and does a task */
#define PROGRAM_COUNT   1 /* count.S: counts through memory, and never pauses */

/* What to do after the pause. */
#define TASK_VERIFY 0
#define TASK_CHANGE 1 /* write the next generation (pattern.h), and pause again */
/* What a program that counts is to do: so many ends of rounds, the last one of a whole round. */
#define TASK_COUNT 2

/* 32-bit OUTs. */
#define PORT_PROGRESS 0xe0 /* pages done since the program, or a round, began or went on */
#define PORT_RESUMED  0xe1 /* the first thing after the pause */
#define PORT_BAD_PAGE 0xe2 /* this page is wrong ... */
#define PORT_BAD_WORD 0xe3 /* ... in this word; the program ends */
#define PORT_VERIFIED 0xe4 /* so many pages are right; the program ends */
#define PORT_ROUND    0xe5 /* so often it has counted through all of memory */

#define PROGRESS_EVERY 256 /* pages, a power of two */

#endif
