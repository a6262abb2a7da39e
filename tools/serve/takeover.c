/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See takeover.h. */
#include "serve/takeover.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uffd/firecracker.h>
#include <uffd/raw.h>

#include "serve/closer.h"
#include "serve/connection.h"
#include "serve/hold.h"
#include "serve/process.h"
#include "serve/report.h"
#include "serve/vm.h"

#define LINE_MAX_BYTES 96

struct record {
	char bytes[LINE_MAX_BYTES + LIBUFFD_FC_MAX + 1];
	pid_t pid;
	uint64_t identity;
	const char *text;
	size_t length;
	struct uffd_peer_region regions[LIBUFFD_PEER_REGIONS_MAX];
	uint32_t region_count;
};

static int *slot(struct kept *kept, const char *what)
{
	if (!strcmp(what, "pidfd"))
		return &kept->pidfd;
	if (!strcmp(what, "conn"))
		return &kept->conn;
	if (!strcmp(what, "uffd"))
		return &kept->uffd;
	if (!strcmp(what, "state"))
		return &kept->state;
	return !strcmp(what, "record") ? &kept->record : NULL;
}

static struct kept *find(struct takeover *t, uint32_t id)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->vms[i].id == id)
			return &t->vms[i];
	t->vms[t->count] = (struct kept){id, -1, -1, -1, -1, -1};
	return &t->vms[t->count++];
}

/* Where a descriptor of that name belongs, or NULL. */
static int *place(struct takeover *t, const char *name)
{
	char what[HOLD_NAME_MAX];
	uint32_t id;
	int *at = NULL;

	if (!strcmp(name, HOLD_LISTEN))
		at = &t->listening;
	else if (sscanf(name, "vm-%" SCNu32 ".%31s", &id, what) == 2)
		at = slot(find(t, id), what);
	return at && *at < 0 ? at : NULL;
}

static void read_content(struct takeover *t, const struct hold_entry *entry)
{
	ssize_t n;

	if (strncmp(entry->name, TAKEOVER_CONTENT, strlen(TAKEOVER_CONTENT)))
		return;
	snprintf(t->content, sizeof(t->content), "%s", entry->name);
	n = pread(entry->fd, t->path, sizeof(t->path) - 1, 0);
	t->path[n > 0 ? n : 0] = '\0';
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void shut_all(struct kept *kept)
{
	shut(&kept->pidfd);
	closer_close(kept->conn);
	kept->conn = -1;
	shut(&kept->uffd);
	shut(&kept->state);
	shut(&kept->record);
}

int takeover_read(struct takeover *t, struct server *s)
{
	const struct hold_entry *entries;
	size_t count = hold_entries(s->hold, &entries);

	*t = (struct takeover){.listening = -1};
	t->vms = calloc(count + 1, sizeof(*t->vms));
	for (size_t i = 0; i < count; i++) {
		int *at = t->vms ? place(t, entries[i].name) : NULL;

		read_content(t, &entries[i]);

		if (at)
			*at = entries[i].fd;
		else
			close(entries[i].fd);
	}
	return t->vms ? 0 : -ENOMEM;
}

/* 0; -ENODATA: it is not all there; -EBADMSG: not a record; -errno. */
static int read_record(struct record *r, const struct kept *kept, const struct server *s)
{
	uint32_t version, id;
	int pid, ended = 0;
	ssize_t n;

	if (kept->record < 0 || kept->pidfd < 0 || kept->uffd < 0 || kept->state < 0)
		return -ENODATA;
	n = pread(kept->record, r->bytes, sizeof(r->bytes) - 1, 0);
	if (n < 0)
		return -errno;
	r->bytes[n] = '\0';
	if (sscanf(r->bytes, "uffd-serve %" SCNu32 " %" SCNu32 " %d %" SCNx64 "%n", &version, &id,
		   &pid, &r->identity, &ended) != 4 ||
	    version != 1 || id != kept->id || r->bytes[ended] != '\n')
		return -EBADMSG;
	r->pid = pid;
	r->text = r->bytes + ended + 1;
	r->length = (size_t)n - (size_t)ended - 1;
	if (r->identity != s->content.identity)
		return -EXDEV;
	r->region_count = LIBUFFD_PEER_REGIONS_MAX;
	return uffd_fc_parse(r->text, r->length, s->content.length, r->regions, &r->region_count,
			     NULL);
}

static void tell(struct server *s, uint32_t id, const char *what, const char *why)
{
	char line[160];

	snprintf(line, sizeof(line), "%s: %s", what, why);
	report_log(s->report, LIBUFFD_LOG_ERROR, id, line);
}

/* Nothing of it has been served, and what it sent is still to be read. */
static void begin_again(struct kept *kept, struct server *s)
{
	int conn = kept->conn;

	kept->conn = -1;
	shut_all(kept);
	takeover_forget_half(s, kept->id);
	connection_open(s, conn, kept->id);
}

/* Its connection is not there: it was not served, and never will be. */
static void drop_half(struct kept *kept, struct server *s)
{
	if (kept->pidfd >= 0 && !process_has_ended(kept->pidfd))
		tell(s, kept->id, "its handshake was not completed", refuse_owner(s, kept->pidfd));
	shut_all(kept);
	takeover_forget(s, kept->id);
}

static void go_on(struct kept *kept, struct server *s, const struct record *r)
{
	struct vm_handshake h = {
		.id = kept->id,
		.uffd = kept->uffd,
		.conn = kept->conn,
		.pidfd = kept->pidfd,
		.pid = r->pid,
		.text = r->text,
		.length = r->length,
		.regions = r->regions,
		.region_count = r->region_count,
	};
	int ret = vm_go_on(s, &h, kept->state);

	if (ret < 0) {
		tell(s, kept->id, "not taken over, and still held", strerror(-ret));
		return;
	}
	kept->uffd = kept->conn = kept->pidfd = kept->state = -1;
}

/* Who handed it over may have ended while somebody else has the memory. */
static bool has_gone(const struct kept *kept, bool is_whole)
{
	if (kept->pidfd < 0 || !process_has_ended(kept->pidfd))
		return false;
	return !is_whole || uffd_raw_owner_lives(kept->uffd) != 1;
}

static void begin_one(struct kept *kept, struct server *s, struct record *r)
{
	int ret = read_record(r, kept, s);

	if (kept->id >= s->next_id)
		s->next_id = kept->id + 1;
	if (has_gone(kept, ret != -ENODATA)) {
		shut_all(kept);
		takeover_forget(s, kept->id);
	} else if (ret == -ENODATA && kept->conn >= 0) {
		begin_again(kept, s);
	} else if (ret == -ENODATA) {
		drop_half(kept, s);
	} else if (ret < 0) {
		tell(s, kept->id, "not taken over, and still held", strerror(-ret));
	} else {
		go_on(kept, s, r);
	}
}

static int check_content(const struct takeover *t, const struct server *s, struct record *r)
{
	if (t->count && *t->content && takeover_is_other_content(t->content, s))
		return -EXDEV;
	for (size_t i = 0; i < t->count; i++)
		if (read_record(r, &t->vms[i], s) == -EXDEV)
			return -EXDEV;
	return 0;
}

int takeover_begin(struct takeover *t, struct server *s)
{
	struct record *r = malloc(sizeof(*r));
	int ret = r ? check_content(t, s, r) : -ENOMEM;

	/* Of a server before this one; another content, if it is, has no VMs. */
	if (ret == 0 && *t->content)
		hold_remove(s->hold, t->content);
	if (ret == 0)
		ret = takeover_keep_content(s);
	for (size_t i = 0; ret == 0 && i < t->count; i++)
		begin_one(&t->vms[i], s, r);
	free(r);
	return ret;
}

void takeover_close(struct takeover *t)
{
	shut(&t->listening);
	for (size_t i = 0; i < t->count; i++)
		shut_all(&t->vms[i]);
	free(t->vms);
	*t = (struct takeover){.listening = -1};
}
