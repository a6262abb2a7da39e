/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the program that the KVM guest runs. It fills its memory with the pattern and pauses (HLT);
 * what comes after the pause runs in a new VM. The host says what that is: to verify every page in
 * scattered order, or to write the next generation and pause again.
 * Must never: need a stack, a descriptor table, an address fixed by the linker, or instructions
 * beyond plain 64-bit integers: where there is no hardware virtualisation each one is emulated.
 *
 * It stands in the host's program as data and is copied to LAYOUT_PROGRAM. On entry: long mode,
 * interrupts off, everything zero but RIP. After the pause: edx is the task (layout.h).
 */
#include "layout.h"
#include "pattern.h"

	.section .rodata
	.balign 16
	.globl guest_program_begin
	.hidden guest_program_begin
	.globl guest_program_end
	.hidden guest_program_end
	.code64

/*
 * Registers throughout: r8 seed, r9 number of pages, r10 mask, r11 and r12 what the middle and the
 * last word have more than the first, r13 factor of the page, ebp generation of memory, esi page,
 * edi its generation, r15d pages done.
 */

	/* r14 = address of page esi */
	.macro page_address
	mov	%esi, %r14d
	shl	$PATTERN_PAGE_SHIFT, %r14
	.endm

	/* eax = hash of page esi, generation edi; spoils ecx */
	.macro page_hash salt
	imul	$\salt, %edi, %ecx
	mov	%esi, %eax
	shr	$PATTERN_RUN_SHIFT, %eax
	add	%ecx, %eax
	imul	$PATTERN_RUN_A, %eax, %eax
	mov	%eax, %ecx
	shr	$16, %ecx
	xor	%ecx, %eax
	imul	$PATTERN_RUN_B, %eax, %eax
	.endm

	/* jumps to \yes if generation edi writes page esi; spoils eax, ecx */
	.macro if_it_writes yes
	test	%edi, %edi
	jz	\yes
	page_hash PATTERN_CHANGE_SALT
	cmp	$PATTERN_CHANGED_BELOW, %eax
	jb	\yes
	.endm

	/* edi = generation of page esi; spoils eax, ecx */
	.macro page_generation
	mov	%ebp, %edi
.Lolder\@:
	if_it_writes .Lfound\@
	dec	%edi
	jmp	.Lolder\@
.Lfound\@:
	.endm

	/* jumps to \zero if generation edi of page esi is zeros; spoils eax, ecx */
	.macro if_page_is_zero zero
	page_hash PATTERN_ZERO_SALT
	cmp	$PATTERN_ZERO_BELOW, %eax
	jb	\zero
	.endm

	/* rax = first word of page esi, generation edi; spoils rcx */
	.macro first_word
	movabs	$PATTERN_GENERATION_STEP, %rcx
	imul	%rdi, %rcx
	mov	%esi, %eax
	add	%rcx, %rax
	add	%r8, %rax
	imul	%r13, %rax
	mov	%rax, %rcx
	shr	$32, %rcx
	xor	%rcx, %rax
	.endm

	/* counts a page and now and then says so; spoils rax */
	.macro page_done
	inc	%r15d
	mov	%r15d, %eax
	test	$(PROGRESS_EVERY - 1), %eax
	jnz	.Lquiet\@
	out	%eax, $PORT_PROGRESS
.Lquiet\@:
	.endm

guest_program_begin:
	xor	%edi, %edi
	mov	(LAYOUT_PARAMETERS + PARAMETER_SEED)(%rdi), %r8
	mov	(LAYOUT_PARAMETERS + PARAMETER_PAGES)(%rdi), %r9
	mov	(LAYOUT_PARAMETERS + PARAMETER_MASK)(%rdi), %r10
	movabs	$PATTERN_PAGE_FACTOR, %r13
	movabs	$PATTERN_WORD_STEP, %rax
	imul	$PATTERN_GUEST_MIDDLE, %rax, %r11
	imul	$PATTERN_GUEST_LAST, %rax, %r12

	/* Writes generation ebp, page after page. */
.Lwrite:
	xor	%r15d, %r15d
	mov	$LAYOUT_FIRST_PAGE, %esi
	mov	%ebp, %edi
.Lwrite_page:
	if_it_writes .Lwrites
	jmp	.Lwritten
.Lwrites:
	page_address
	if_page_is_zero .Lclear
	first_word
	mov	%rax, (%r14)
	add	%r11, %rax
	mov	%rax, (8 * PATTERN_GUEST_MIDDLE)(%r14)
	sub	%r11, %rax
	add	%r12, %rax
	mov	%rax, (8 * PATTERN_GUEST_LAST)(%r14)
.Lwritten:
	page_done
	inc	%esi
	cmp	%r9d, %esi
	jb	.Lwrite_page

	/* The snapshot is taken here. */
	hlt

	xor	%r15d, %r15d
	out	%eax, $PORT_RESUMED
	cmp	$TASK_CHANGE, %edx
	jne	.Lverify_all
	inc	%ebp
	jmp	.Lwrite

.Lverify_all:
	xor	%esi, %esi
	mov	%r10, %rbx
.Lverify:
	add	$PATTERN_STRIDE, %esi
	and	%r10d, %esi
	cmp	$LAYOUT_FIRST_PAGE, %esi
	jb	.Lnext
	cmp	%r9d, %esi
	jae	.Lnext
	page_generation
	page_address
	if_page_is_zero .Lzero
	first_word
	xor	%edx, %edx
	cmp	%rax, (%r14)
	jne	.Lbad
	mov	$PATTERN_GUEST_MIDDLE, %edx
	mov	%rax, %rcx
	add	%r11, %rcx
	cmp	%rcx, (8 * PATTERN_GUEST_MIDDLE)(%r14)
	jne	.Lbad
	mov	$PATTERN_GUEST_LAST, %edx
	add	%r12, %rax
	cmp	%rax, (8 * PATTERN_GUEST_LAST)(%r14)
	jne	.Lbad
.Lgood:
	page_done
.Lnext:
	dec	%rbx
	jns	.Lverify
	mov	%r15d, %eax
	out	%eax, $PORT_VERIFIED
	hlt

.Lclear:
	/* What nobody has written is zero as it is. */
	test	%ebp, %ebp
	jz	.Lwritten
	movq	$0, (%r14)
	movq	$0, (8 * PATTERN_GUEST_MIDDLE)(%r14)
	movq	$0, (8 * PATTERN_GUEST_LAST)(%r14)
	jmp	.Lwritten

.Lzero:
	xor	%edx, %edx
	cmpq	$0, (%r14)
	jne	.Lbad
	mov	$PATTERN_GUEST_MIDDLE, %edx
	cmpq	$0, (8 * PATTERN_GUEST_MIDDLE)(%r14)
	jne	.Lbad
	mov	$PATTERN_GUEST_LAST, %edx
	cmpq	$0, (8 * PATTERN_GUEST_LAST)(%r14)
	je	.Lgood
.Lbad:
	mov	%esi, %eax
	out	%eax, $PORT_BAD_PAGE
	mov	%edx, %eax
	out	%eax, $PORT_BAD_WORD
	hlt
guest_program_end:

	.section .note.GNU-stack, "", @progbits
