/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: where things are in the guest's physical memory, for the C compiler and for guest.S.
 * Must never: put anything of the machine's own into the memory that is served.
 *
 * Physical addresses are virtual addresses: an identity mapping of 2 MiB pages. What is below
 * LAYOUT_MEMORY is the VMM's own: tables, the program, and a mailbox for each vCPU.
 */
#ifndef SERVE_VMM_LAYOUT_H
#define SERVE_VMM_LAYOUT_H

#define LAYOUT_PML4      0x1000
#define LAYOUT_PDPT      0x2000
#define LAYOUT_PAGE_DIRS 0x3000 /* one page for each GiB */
#define LAYOUT_GIB       3      /* above it are the addresses that KVM wants for itself */
#define LAYOUT_PROGRAM   0x8000
#define LAYOUT_MAILBOXES 0x10000 /* a page for each vCPU */
#define LAYOUT_OWN_SIZE  0x100000
#define LAYOUT_MEMORY    0x40000000

/* A mailbox: 64-bit words at these offsets. */
#define MAILBOX_ADDRESS 0  /* of the frame */
#define MAILBOX_WRITE   8  /* not 0: write first */
#define MAILBOX_REST    16 /* struct expected */
#define MAILBOX_OWN     24
#define MAILBOX_WRONG   32 /* struct finding */
#define MAILBOX_ZEROS   40
#define MAILBOX_INDEX   48
#define MAILBOX_WORD    56

#define PORT_DONE 0xe0 /* a 32-bit OUT: the access is done */

#endif
