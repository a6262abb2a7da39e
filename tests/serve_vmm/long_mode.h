/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how a vCPU comes to run 64-bit code: tables, registers, the program.
 * Must never: know what the program does.
 */
#ifndef SERVE_VMM_LONG_MODE_H
#define SERVE_VMM_LONG_MODE_H

struct machine;
struct vcpu;

/* Puts the program and its page tables into the machine's own memory. */
void long_mode_fill(char *own);
/* 0; -1: the reason was said. The vCPU is at the program's begin. */
int long_mode_enter(const struct machine *machine, const struct vcpu *vcpu);
/* Gives up what the vCPU was doing: it is at the program's begin again. */
int long_mode_again(const struct vcpu *vcpu);

#endif
