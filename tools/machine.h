/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what uffd-probe found out about this machine, between finding it and printing it.
 * Must never: know how it is printed.
 *
 * An answer is an int: 1 yes, 0 no, a negative errno the kernel's refusal.
 */
#ifndef TOOLS_MACHINE_H
#define TOOLS_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <uffd/probe.h>
#include <uffd/raw.h>

#define MAX_POOLS 8
#define MAX_ROWS  (5 + MAX_POOLS)

/* The ways to a userfaultfd. */
struct opening {
	int syscall;
	int user_mode_only;
	int device;
};

struct ways {
	struct opening self;
	struct opening nobody; /* tried by a child without privilege */
	bool nobody_tried;     /* only root can become nobody */
	struct uffd_open_report report;
	int sysctl;      /* vm.unprivileged_userfaultfd, or a negative errno */
	int device_file; /* 0, or stat's negative errno */
	mode_t mode;
	uid_t owner;
	gid_t group;
};

struct process {
	uid_t uid;
	int cap_sys_ptrace;
	int seccomp; /* as in /proc/PID/status: 0 off, 1 strict, 2 filter; or a negative errno */
};

struct huge_pool {
	uint64_t page_size; /* bytes */
	long total;
	long free;
	long reserved;
	long overcommit;
};

struct memory_row {
	uint32_t backing;
	int error; /* uffd_probe_memory's */
	struct uffd_memory_abilities can;
};

struct uring_level {
	bool compiled; /* the library has the io_uring poller */
	int disabled;  /* kernel.io_uring_disabled, or a negative errno */
	int setup;
	int poll_multishot;
	int read_multishot; /* of a pipe */
	int read_uffd;      /* of a userfaultfd */
	int buffer_rings;
	int defer_taskrun;
};

struct kvm_level {
	int present; /* 1, or stat's negative errno */
	int openable;
	int api_version;
	int guest_memfd;
	int guest_memfd_flags; /* of KVM_CAP_GUEST_MEMFD_FLAGS */
};

struct machine {
	char release[65];
	char arch[65];
	uint64_t page_size;
	int features_error;
	uint64_t features;
	struct ways ways;
	struct process process;
	struct memory_row rows[MAX_ROWS];
	int row_count;
	struct uring_level uring;
	int pagemap_scan;
	struct huge_pool pools[MAX_POOLS];
	int pool_count;
	char thp[32]; /* empty: this kernel has none */
	char shmem_thp[32];
	struct kvm_level kvm;
};

void machine_ask(struct machine *m);
bool machine_works(const struct machine *m);

/* A number from a file of /proc or /sys; a negative errno if there is none. */
long number_from(const char *path);

/* "yes", "no", or the name of the error, such as "EINVAL". */
const char *answer_name(int answer);
/* The name of bit number bit of the guest_memfd flags, or NULL. */
const char *guest_memfd_flag_name(unsigned int bit);
const char *seccomp_name(int mode);

void ways_ask(struct ways *w);
/* uring.c, or uring_stub.c where the library has no io_uring. */
void uring_ask(struct uring_level *u);

/* The printers. json.c, or json_stub.c where there is no json-c. */
void text_print(const struct machine *m);
void json_print(const struct machine *m);
bool json_can(void);

#endif
