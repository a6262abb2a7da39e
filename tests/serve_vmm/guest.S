/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the program of the KVM guest's vCPUs: it does one access after the other, as its mailbox
 * tells it, and says when one is done.
 * Must never: need a stack, a descriptor table, an address fixed by the linker, or instructions
 * beyond plain 64-bit integers.
 *
 * It stands in the host's program as data and is copied to LAYOUT_PROGRAM. On entry, and whenever an
 * access is given up, rdi is the mailbox. Throughout: rsi the frame, ecx a word's index, r8 the
 * base of the words that follow next, r9 that of those after them.
 */
#include "layout.h"

#define OWN_FIRST   5
#define OWN_TO_REST 35
#define REST_TO_OWN 29
#define FRAME_WORDS 512

	.section .rodata
	.balign 16
	.globl guest_program_begin
	.hidden guest_program_begin
	.globl guest_program_end
	.hidden guest_program_end
	.code64

guest_program_begin:
	mov	MAILBOX_ADDRESS(%rdi), %rsi
	mov	MAILBOX_OWN(%rdi), %r8
	mov	MAILBOX_REST(%rdi), %r9
	cmpq	$0, MAILBOX_WRITE(%rdi)
	je	.Llook

	mov	$OWN_FIRST, %ecx
.Lwrite:
	mov	%r8, %rax
	add	%rcx, %rax
	mov	%rax, (%rsi,%rcx,8)
	add	$(OWN_TO_REST + REST_TO_OWN), %ecx
	cmp	$FRAME_WORDS, %ecx
	jb	.Lwrite

.Llook:
	mov	$OWN_FIRST, %ecx
	mov	$OWN_TO_REST, %edx
.Lword:
	/* A base of 0 means zeros. */
	mov	%r8, %rax
	test	%rax, %rax
	jz	.Lcompare
	add	%rcx, %rax
.Lcompare:
	mov	(%rsi,%rcx,8), %rbx
	cmp	%rax, %rbx
	jne	.Lother
.Lnext:
	xchg	%r8, %r9
	add	%edx, %ecx
	xor	$(OWN_TO_REST ^ REST_TO_OWN), %edx
	cmp	$FRAME_WORDS, %ecx
	jb	.Lword
.Ldone:
	out	%eax, $PORT_DONE
	jmp	guest_program_begin

.Lother:
	mov	%rcx, MAILBOX_INDEX(%rdi)
	mov	%rbx, MAILBOX_WORD(%rdi)
	test	%rbx, %rbx
	jnz	.Lwrong
	incq	MAILBOX_ZEROS(%rdi)
	jmp	.Lnext
.Lwrong:
	movq	$1, MAILBOX_WRONG(%rdi)
	jmp	.Ldone
guest_program_end:

	.section .note.GNU-stack, "", @progbits
