/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libuffd: a program owns its page faults. One header per layer, each usable alone:
 *
 *   uffd/raw.h      the kernel's interface, no state
 *   uffd/probe.h    what this machine can do
 *   uffd/context.h  a userfaultfd and its features
 *   uffd/region.h   memory registered with it, and the state of its pages
 *   uffd/resolve.h  how a page becomes present
 *   uffd/loop.h     how faults arrive
 *   uffd/source.h   where content comes from
 *   uffd/prefetch.h bringing it before it is asked for
 *   uffd/workingset.h  what was asked for, to be there the next time
 *   uffd/dirty.h    which pages were written
 *   uffd/snapshot.h memory as it was at one instant, while the program runs on
 *   uffd/child.h    the memory of a process that forked
 *   uffd/fdpass.h   a userfaultfd and its regions, from one process to another
 *   uffd/stats.h    counts and latencies
 *
 * Not here, because it needs a JSON library: uffd/firecracker.h, of libuffd-firecracker.
 */
#ifndef UFFD_H
#define UFFD_H

#include <uffd/child.h>
#include <uffd/context.h>
#include <uffd/dirty.h>
#include <uffd/fdpass.h>
#include <uffd/loop.h>
#include <uffd/prefetch.h>
#include <uffd/probe.h>
#include <uffd/raw.h>
#include <uffd/region.h>
#include <uffd/resolve.h>
#include <uffd/snapshot.h>
#include <uffd/source.h>
#include <uffd/stats.h>
#include <uffd/types.h>
#include <uffd/version.h>
#include <uffd/workingset.h>

#endif
