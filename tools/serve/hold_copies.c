/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See hold_copies.h. */
#include "serve/hold_copies.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "serve/closer.h"
#include "serve/hold_ops.h"
#include "serve/hold_wire.h"

static void let_go(const struct hold_entry *entry)
{
	if (hold_name_is_of_clients(entry->name))
		closer_close(entry->fd);
	else
		close(entry->fd);
}

static size_t find(const struct hold_copies *copies, const char *name)
{
	size_t i = 0;

	while (i < copies->count && strcmp(copies->entries[i].name, name))
		i++;
	return i;
}

static int make_room(struct hold_copies *copies)
{
	size_t room = copies->room ? copies->room * 2 : 16;
	struct hold_entry *more;

	if (copies->count < copies->room)
		return 0;
	more = realloc(copies->entries, room * sizeof(*more));
	if (!more)
		return -ENOMEM;
	copies->entries = more;
	copies->room = room;
	return 0;
}

int hold_copies_add(struct hold_copies *copies, const char *name, int fd)
{
	struct hold_entry *entry;
	int ret;

	if (find(copies, name) < copies->count)
		return -EEXIST;
	ret = make_room(copies);
	if (ret < 0)
		return ret;
	entry = &copies->entries[copies->count];
	entry->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (entry->fd < 0)
		return -errno;
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	copies->count++;
	return 0;
}

void hold_copies_remove(struct hold_copies *copies, const char *name)
{
	size_t i = find(copies, name);

	if (i == copies->count)
		return;
	let_go(&copies->entries[i]);
	copies->entries[i] = copies->entries[--copies->count];
}

void hold_copies_close(struct hold_copies *copies)
{
	for (size_t i = 0; i < copies->count; i++)
		let_go(&copies->entries[i]);
	free(copies->entries);
	*copies = (struct hold_copies){0};
}
