/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: running uffd-wset. See tool.h. */
#include "tool.h"

#include <dirent.h>
#include <stdarg.h>
#include <sys/wait.h>

#include "pager/wsetfile.h"

static const char *tool;
static char directory[] = "/tmp/uffd-wset-XXXXXX";

static void clean_up(void)
{
	char command[64];

	snprintf(command, sizeof(command), "cd / && rm -rf '%s'", directory);
	if (system(command) != 0)
		fprintf(stderr, "%s: left behind\n", directory);
}

void tool_begin(void)
{
	tool = getenv("UFFD_WSET");
	if (!tool)
		test_skip("UFFD_WSET does not say where uffd-wset is");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	atexit(clean_up);
	ck_assert_int_eq(chdir(directory), 0);
}

static void read_whole(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t length;

	ck_assert_ptr_nonnull(f);
	length = fread(text, 1, size - 1, f);
	text[length] = '\0';
	ck_assert_msg(length < size - 1, "%s is long", path);
	fclose(f);
}

static void run(struct tool_outcome *o, const char *format, va_list args)
{
	char arguments[2048], command[4096];
	int status;

	vsnprintf(arguments, sizeof(arguments), format, args);
	/* In a group: what the arguments redirect goes before. */
	snprintf(command, sizeof(command), "{ '%s' %s ; } >out 2>err", tool, arguments);
	status = system(command);
	ck_assert_msg(WIFEXITED(status), "%s: status %#x", arguments, (unsigned int)status);
	o->status = WEXITSTATUS(status);
	read_whole("out", o->out, sizeof(o->out));
	read_whole("err", o->err, sizeof(o->err));
}

void tool_run(struct tool_outcome *o, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	run(o, format, args);
	va_end(args);
}

void tool_succeeds(struct tool_outcome *o, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	run(o, format, args);
	va_end(args);
	ck_assert_str_eq(o->err, "");
	ck_assert_int_eq(o->status, 0);
}

void tool_fails(struct tool_outcome *o, const char *what, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	run(o, format, args);
	va_end(args);
	ck_assert_msg(o->status == 1, "%s: status %d: %s", format, o->status, o->err);
	ck_assert_str_eq(o->out, "");
	ck_assert_msg(strncmp(o->err, "uffd-wset: ", 11) == 0, "%s: %s", format, o->err);
	ck_assert_msg(strchr(o->err, '\n') == o->err + strlen(o->err) - 1, "%s: %s", format,
		      o->err);
	ck_assert_msg(strstr(o->err, what), "%s: not \"%s\": %s", format, what, o->err);
}

size_t tool_files(void)
{
	DIR *dir = opendir(".");
	struct dirent *d;
	size_t count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((d = readdir(dir)))
		count += strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0 &&
			 strcmp(d->d_name, "out") != 0 && strcmp(d->d_name, "err") != 0;
	closedir(dir);
	return count;
}

void tool_sample_of(const char *path, uint64_t region_length, uint64_t page_size, uint64_t lost,
		    uint64_t packed_pages, const struct uffd_workingset_entry *entries,
		    uint64_t count)
{
	struct wset_run packed = {.length = packed_pages * page_size};
	struct wset_file f = {
		.page_size = page_size,
		.region_length = region_length,
		.source_offset = 8192,
		.source_length = region_length + 8192,
		.lost = lost,
		.entries = (struct uffd_workingset_entry *)(uintptr_t)entries,
		.entry_count = count,
		.runs = &packed,
		.run_count = packed_pages > 0,
		.pack_bytes = packed.length,
	};
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	ck_assert_int_ge(fd, 0);
	wset_file_layout(&f);
	f.sums = calloc(f.sum_count + 1, sizeof(*f.sums));
	ck_assert_ptr_nonnull(f.sums);
	if (packed_pages > 0)
		ck_assert_int_eq(ftruncate(fd, (off_t)(f.pack_at + f.pack_bytes)), 0);
	ck_assert_int_eq(wset_file_write(fd, &f), 0);
	free(f.sums);
	close(fd);
}

void tool_sample(const char *path, const struct uffd_workingset_entry *entries, uint64_t count)
{
	tool_sample_of(path, TOOL_REGION, TOOL_PAGE, 0, 0, entries, count);
}

struct uffd_workingset_entry tool_entry(uint32_t kind, uint64_t page, uint64_t pages,
					uint64_t wanted, uint64_t time_ns, uint64_t latency_ns)
{
	return (struct uffd_workingset_entry){
		.offset = page * TOOL_PAGE,
		.length = pages * TOOL_PAGE,
		.fault_offset = wanted * TOOL_PAGE,
		.time_ns = time_ns,
		.latency_ns = latency_ns,
		.kind = kind,
	};
}
