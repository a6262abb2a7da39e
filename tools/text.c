/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the machine as a page of text for people, fit to be pasted in a report.
 * Must never: ask the machine anything.
 */
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "machine.h"

#define LABEL 30 /* where values begin */
#define WIDTH 96

static void title(const char *text)
{
	printf("\n%s\n", text);
}

__attribute__((format(printf, 2, 3))) static void item(const char *label, const char *format, ...)
{
	va_list args;

	printf("  %-*s", LABEL - 2, label);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static const char *size_name(uint64_t bytes, char text[28])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	unsigned int unit = 0;

	while (bytes >= 1024 && bytes % 1024 == 0 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, 28, "%" PRIu64 " %s", bytes, units[unit]);
	return text;
}

/* As ls -l: "crw------- root root". */
static void print_device_file(const struct ways *w)
{
	const struct passwd *user = getpwuid(w->owner);
	const struct group *group = getgrgid(w->group);
	char bits[10];

	for (int i = 0; i < 9; i++)
		bits[i] = "rwxrwxrwx"[i];
	for (int i = 0; i < 9; i++)
		if (!(w->mode & 0400u >> i))
			bits[i] = '-';
	bits[9] = '\0';
	printf("  %-*s%c%s ", LABEL - 2, "  its file", S_ISCHR(w->mode) ? 'c' : '?', bits);
	user ? printf("%s ", user->pw_name) : printf("%u ", w->owner);
	group ? printf("%s\n", group->gr_name) : printf("%u\n", w->group);
}

static void print_way(const char *label, int self, const struct ways *w, int nobody)
{
	if (w->nobody_tried)
		item(label, "%-12s%s", answer_name(self), answer_name(nobody));
	else
		item(label, "%s", answer_name(self));
}

static void print_ways(const struct machine *m)
{
	const struct ways *w = &m->ways;
	char advice[1024];

	if (w->nobody_tried)
		printf("\n%-*suid %-8unobody\n", LABEL, "opening a userfaultfd", m->process.uid);
	else
		printf("\n%-*suid %u\n", LABEL, "opening a userfaultfd", m->process.uid);
	print_way("userfaultfd(2)", w->self.syscall, w, w->nobody.syscall);
	print_way("  UFFD_USER_MODE_ONLY", w->self.user_mode_only, w, w->nobody.user_mode_only);
	print_way("/dev/userfaultfd", w->self.device, w, w->nobody.device);
	if (w->device_file == 0)
		print_device_file(w);
	if (w->sysctl < 0)
		item("vm.unprivileged_userfaultfd", "%s", answer_name(w->sysctl));
	else
		item("vm.unprivileged_userfaultfd", "%d", w->sysctl);
	item("CAP_SYS_PTRACE", "%s", answer_name(m->process.cap_sys_ptrace));
	item("seccomp", "%s", seccomp_name(m->process.seccomp));
	if (w->report.syscall_error < 0 && w->report.device_error < 0 &&
	    uffd_raw_open_advice(&w->report, advice, sizeof(advice)) > 0)
		printf("\n%s", advice);
}

static void print_features(const struct machine *m)
{
	int column = 0;

	if (m->features_error < 0) {
		title("features");
		item("not known", "%s", answer_name(m->features_error));
		return;
	}
	printf("\n%-*s0x%" PRIx64 "\n", LABEL, "features", m->features);
	for (unsigned int bit = 0; bit < 64; bit++) {
		const char *name = uffd_raw_feature_name(bit);
		char number[16];

		if (!(m->features >> bit & 1))
			continue;
		if (!name) {
			snprintf(number, sizeof(number), "bit %u", bit);
			name = number;
		}
		if (column + (int)strlen(name) + 2 > WIDTH) {
			putchar('\n');
			column = 0;
		}
		column += printf(column ? " %s" : "  %s", name);
	}
	putchar('\n');
}

#define COLUMNS 10

static const char *const headings[COLUMNS] = {"missing", "minor",  "wp",       "wp-async",
					      "copy",    "zero",   "continue", "poison",
					      "move",    "protect"};

static int column_answer(const struct uffd_memory_abilities *can, int column)
{
	const int32_t answers[COLUMNS] = {
		can->missing,  can->minor,     can->wp,     can->wp_async, can->copy,
		can->zeropage, can->continue_, can->poison, can->move,     can->writeprotect};

	return answers[column];
}

static const char *reason(const struct memory_row *row)
{
	if (row->error < 0)
		return "";
	if (row->backing == LIBUFFD_BACKING_GUEST_MEMFD)
		switch (-row->can.available) {
		case ENODEV:
			return ": cannot be mapped";
		case ENOTTY:
			return ": KVM here has none";
		case ENOENT:
		case EACCES:
			return ": /dev/kvm";
		}
	else if (row->can.available == -ENOMEM)
		return ": no free page";
	return "";
}

static void print_row(const struct memory_row *row, const int *width)
{
	char size[28];

	printf("  %-15s%7s ", uffd_backing_name(row->backing),
	       row->can.page_size ? size_name(row->can.page_size, size) : "-");
	if (row->error < 0 || row->can.available < 0) {
		printf(" %s%s\n", answer_name(row->error < 0 ? row->error : row->can.available),
		       reason(row));
		return;
	}
	for (int i = 0; i < COLUMNS; i++)
		printf(" %-*s", width[i], answer_name(column_answer(&row->can, i)));
	putchar('\n');
}

static void print_memories(const struct machine *m)
{
	int width[COLUMNS];

	for (int i = 0; i < COLUMNS; i++) {
		width[i] = (int)strlen(headings[i]);
		for (int r = 0; r < m->row_count; r++) {
			const struct memory_row *row = &m->rows[r];
			int length = (int)strlen(answer_name(column_answer(&row->can, i)));

			if (row->error == 0 && row->can.available == 1 && length > width[i])
				width[i] = length;
		}
	}
	width[COLUMNS - 1] = 0; /* nothing follows that would have to line up */
	printf("\n%-17s%7s ", "memory", "page");
	for (int i = 0; i < COLUMNS; i++)
		printf(" %-*s", width[i], headings[i]);
	putchar('\n');
	for (int r = 0; r < m->row_count; r++)
		print_row(&m->rows[r], width);
}

static void print_uring(const struct uring_level *u)
{
	title("io_uring");
	if (u->disabled >= 0)
		item("kernel.io_uring_disabled", "%d", u->disabled);
	if (!u->compiled) {
		item("not compiled in", "the library polls");
		return;
	}
	item("setup", "%s", answer_name(u->setup));
	if (u->setup < 0)
		return;
	item("poll multishot", "%s", answer_name(u->poll_multishot));
	item("buffer rings", "%s", answer_name(u->buffer_rings));
	item("read multishot", "%s", answer_name(u->read_multishot));
	item("  of a userfaultfd", "%s", answer_name(u->read_uffd));
	item("DEFER_TASKRUN", "%s", answer_name(u->defer_taskrun));
}

static void print_huge_pages(const struct machine *m)
{
	char label[40], size[28];

	title("huge pages");
	for (int i = 0; i < m->pool_count; i++) {
		const struct huge_pool *p = &m->pools[i];

		snprintf(label, sizeof(label), "hugetlb %s", size_name(p->page_size, size));
		item(label, "%ld free of %ld, %ld reserved, %ld overcommit", p->free, p->total,
		     p->reserved, p->overcommit);
	}
	if (m->pool_count == 0)
		item("hugetlb", "none");
	item("transparent", "%s", m->thp[0] ? m->thp : "none");
	item("transparent, shmem", "%s", m->shmem_thp[0] ? m->shmem_thp : "none");
}

static void print_kvm(const struct kvm_level *k)
{
	title("KVM");
	if (k->openable < 0) {
		item("/dev/kvm", "%s", answer_name(k->present < 0 ? k->present : k->openable));
		return;
	}
	item("/dev/kvm", "yes, API %d", k->api_version);
	printf("  %-*s%s", LABEL - 2, "guest_memfd", answer_name(k->guest_memfd));
	for (unsigned int bit = 0; bit < 31; bit++) {
		const char *name = guest_memfd_flag_name(bit);

		if (!(k->guest_memfd_flags >> bit & 1))
			continue;
		name ? printf(" %s", name) : printf(" flag %u", bit);
	}
	putchar('\n');
}

void text_print(const struct machine *m)
{
	char size[28];

	printf("%-*sLinux %s %s, pages of %s\n", LABEL, "uffd-probe " LIBUFFD_VERSION_STRING,
	       m->release, m->arch, size_name(m->page_size, size));
	print_ways(m);
	print_features(m);
	print_memories(m);
	title("dirty tracking");
	item("PAGEMAP_SCAN", "%s", answer_name(m->pagemap_scan));
	print_uring(&m->uring);
	print_huge_pages(m);
	print_kvm(&m->kvm);
	if (!machine_works(m))
		printf("\nno memory can be served by a userfaultfd here\n");
}
