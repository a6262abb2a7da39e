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
 *   uffd/stats.h    counts and latencies
 */
#ifndef UFFD_H
#define UFFD_H

#include <uffd/context.h>
#include <uffd/loop.h>
#include <uffd/prefetch.h>
#include <uffd/probe.h>
#include <uffd/raw.h>
#include <uffd/region.h>
#include <uffd/resolve.h>
#include <uffd/source.h>
#include <uffd/stats.h>
#include <uffd/types.h>
#include <uffd/version.h>
#include <uffd/workingset.h>

#endif
