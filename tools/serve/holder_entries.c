/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The descriptors that a holder keeps; see holder.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <uffd/raw.h>

#include "serve/clock.h"
#include "serve/hold_ops.h"
#include "serve/holder.h"

#define ASK_AGAIN_NS (100 * MS_NS)

#define OWN_POLLS (2 + HOLDER_VISITORS)

static int grow(struct holder *h, size_t room)
{
	struct holder_entry *entries = realloc(h->entries, room * sizeof(*entries));
	struct pollfd *polls;

	if (!entries)
		return -ENOMEM;
	h->entries = entries;
	polls = realloc(h->polls, (room + OWN_POLLS) * sizeof(*polls));
	if (!polls)
		return -ENOMEM;
	h->polls = polls;
	h->room = room;
	return 0;
}

int holder_entries_init(struct holder *h)
{
	struct rlimit limit;

	/* Its server may have a lower one; what is kept for it is all in here. */
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	if (limit.rlim_cur <= HOLDER_RESERVE)
		return -EMFILE;
	h->most = limit.rlim_cur - HOLDER_RESERVE;
	return grow(h, 64);
}

int holder_entries_add(struct holder *h, const char *name, int fd)
{
	int ret = 0;

	if (holder_entries_find(h, name))
		return -EEXIST;
	if (h->count + h->postponed_count >= h->most)
		return -EMFILE;
	if (h->count == h->room)
		ret = grow(h, h->room * 2);
	if (ret < 0)
		return ret;
	memcpy(h->entries[h->count].name, name, HOLD_NAME_MAX);
	h->entries[h->count].ask_at = 0;
	h->entries[h->count++].fd = fd;
	return 0;
}

const struct holder_entry *holder_entries_find(const struct holder *h, const char *name)
{
	for (size_t i = 0; i < h->count; i++)
		if (!strcmp(h->entries[i].name, name))
			return &h->entries[i];
	return NULL;
}

const struct holder_entry *holder_entries_search(const struct holder *h, const char *beginning)
{
	for (size_t i = 0; i < h->count; i++)
		if (!strncmp(h->entries[i].name, beginning, strlen(beginning)))
			return &h->entries[i];
	return NULL;
}

static void remove_at(struct holder *h, size_t i)
{
	if (hold_name_is_of_clients(h->entries[i].name))
		holder_close(h, h->entries[i].fd);
	else
		close(h->entries[i].fd);
	h->count--;
	memmove(&h->entries[i], &h->entries[i + 1], (h->count - i) * sizeof(h->entries[0]));
}

int holder_entries_remove(struct holder *h, const char *name)
{
	const struct holder_entry *entry = holder_entries_find(h, name);

	if (!entry)
		return -ENOENT;
	remove_at(h, (size_t)(entry - h->entries));
	return 0;
}

static bool is_vm(const struct holder_entry *entry)
{
	return !strncmp(entry->name, HOLD_VM, strlen(HOLD_VM));
}

/* All of the VM that a name belongs to. */
static void drop_vm(struct holder *h, const char *name)
{
	char of_vm[HOLD_NAME_MAX];
	size_t length = strcspn(name, ".") + 1;

	memcpy(of_vm, name, HOLD_NAME_MAX);
	for (size_t i = h->count; i-- > 0;)
		if (!strncmp(h->entries[i].name, of_vm, length))
			remove_at(h, i);
}

bool holder_entries_have_vm(const struct holder *h)
{
	for (size_t i = 0; i < h->count; i++)
		if (is_vm(&h->entries[i]))
			return true;
	return false;
}

bool holder_entry_tells_end(const struct holder_entry *entry)
{
	return hold_name_is(entry->name, HOLD_PIDFD);
}

uint32_t holder_entries_count_vms(const struct holder *h)
{
	uint32_t count = 0;

	for (size_t i = 0; i < h->count; i++)
		count += holder_entry_tells_end(&h->entries[i]);
	return count;
}

static const struct holder_entry *beside(const struct holder *h, const struct holder_entry *pidfd,
					 const char *what)
{
	char name[HOLD_NAME_MAX];

	snprintf(name, sizeof(name), "%.*s%s", (int)strcspn(pidfd->name, "."), pidfd->name, what);
	return holder_entries_find(h, name);
}

/* Its process has ended. Closed while somebody has the memory it would turn into zeros. */
static bool memory_lives(const struct holder *h, const struct holder_entry *pidfd)
{
	const struct holder_entry *uffd = beside(h, pidfd, HOLD_UFFD);

	if (uffd)
		return uffd_raw_owner_lives(uffd->fd) == 1;
	/* The server is about to read its handshake, and will know. */
	return h->server.fd >= 0 && beside(h, pidfd, HOLD_CONN);
}

void holder_entries_ask(struct holder *h, uint64_t now)
{
	for (size_t i = 0; i < h->count;) {
		struct holder_entry *entry = &h->entries[i];

		if (!entry->ask_at || entry->ask_at > now) {
			i++;
		} else if (memory_lives(h, entry)) {
			/* It goes a little after its process, or is another's. */
			entry->ask_at = now + ASK_AGAIN_NS;
			i++;
		} else {
			drop_vm(h, entry->name);
			i = 0; /* what follows has moved */
		}
	}
}

uint64_t holder_entries_ask_at(const struct holder *h)
{
	uint64_t at = UINT64_MAX;

	for (size_t i = 0; i < h->count; i++)
		if (h->entries[i].ask_at && h->entries[i].ask_at < at)
			at = h->entries[i].ask_at;
	return at;
}
