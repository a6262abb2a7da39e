/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the program of a KVM guest that counts through its memory (count.h) and never pauses. It
 * may be stopped, and go on elsewhere, between any two instructions.
 * Must never: need more than guest.S does, or keep in a register what memory does not tell: a
 * program that begins anew, on memory that has been counted in, goes on where that one was.
 *
 * On entry as guest.S. edx: how many ends of rounds are still to come until it says that every page
 * was right, and ends; 0: it counts on for ever.
 */
#include "layout.h"
#include "pattern.h"

#define MIDDLE (8 * PATTERN_GUEST_MIDDLE)
#define LAST   (8 * PATTERN_GUEST_LAST)

	.section .rodata
	.balign 16
	.globl count_program_begin
	.hidden count_program_begin
	.globl count_program_end
	.hidden count_program_end
	.code64

/*
 * Registers throughout: rbx what is written, rbp what is there until then, esi page, r14 its
 * address, r9d number of pages, r15d pages done in this round.
 */

	/* r14 = address of page esi */
	.macro page_address
	mov	%esi, %r14d
	shl	$PATTERN_PAGE_SHIFT, %r14
	.endm

	/* Counts in one word. edi says which it is, should it be wrong. */
	.macro count_in offset, word
	mov	$\word, %edi
	cmp	%rbp, \offset(%r14)
	jne	.Lbad
	mov	%rbx, \offset(%r14)
	.endm

count_program_begin:
	xor	%edi, %edi
	mov	(LAYOUT_PARAMETERS + PARAMETER_PAGES)(%rdi), %r9
	xor	%r15d, %r15d
	mov	$LAYOUT_FIRST_PAGE, %esi
	page_address
	mov	(%r14), %rbx
	lea	-1(%rbx), %rbp

	/* Where was it? Memory that nobody has counted in is at the end of round 0. */
.Lseek:
	page_address
	cmp	%rbx, (%r14)
	jne	.Lfirst
	cmp	%rbx, MIDDLE(%r14)
	jne	.Lmiddle
	cmp	%rbx, LAST(%r14)
	jne	.Llast
	inc	%r15d
	inc	%esi
	cmp	%r9d, %esi
	jb	.Lseek

.Lround:
	mov	%rbx, %rbp
	inc	%rbx
	xor	%r15d, %r15d
	mov	$LAYOUT_FIRST_PAGE, %esi
.Lpage:
	page_address
.Lfirst:
	count_in 0, 0
.Lmiddle:
	count_in MIDDLE, PATTERN_GUEST_MIDDLE
.Llast:
	count_in LAST, PATTERN_GUEST_LAST
	inc	%r15d
	mov	%r15d, %eax
	out	%eax, $PORT_PROGRESS
	inc	%esi
	cmp	%r9d, %esi
	jb	.Lpage

	mov	%ebx, %eax
	out	%eax, $PORT_ROUND
	test	%edx, %edx
	jz	.Lround
	dec	%edx
	jnz	.Lround
	mov	%r15d, %eax
	out	%eax, $PORT_VERIFIED
	hlt

.Lbad:
	mov	%esi, %eax
	out	%eax, $PORT_BAD_PAGE
	mov	%edi, %eax
	out	%eax, $PORT_BAD_WORD
	hlt
count_program_end:

	.section .note.GNU-stack, "", @progbits
