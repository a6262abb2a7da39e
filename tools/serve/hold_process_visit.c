/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: coming to the holder of another server: to ask what is there, or to go on in its place.
 * Must never: believe a holder of another user.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uffd/fdpass.h>

#include "serve/hold_process.h"
#include "serve/socket_file.h"

static int connect_to_holder(struct hold_process *p)
{
	struct uffd_peer peer = {.size = sizeof(peer)};
	struct socket_file file;
	int ret = socket_file_open(&file, p->path, HOLD_SUFFIX);

	if (ret < 0)
		return ret;
	p->channel = socket_file_connect(&file, SOCK_SEQPACKET);
	socket_file_close(&file);
	if (p->channel < 0)
		return p->channel == -ECONNREFUSED ? -ENOENT : p->channel;
	ret = uffd_fdpass_peer(p->channel, &peer);
	if (ret < 0)
		return ret;
	if (peer.pidfd >= 0)
		close(peer.pidfd);
	p->pid = peer.pid;
	/* What it hands over is trusted. */
	return peer.uid == geteuid() || peer.uid == 0 ? 0 : -EPERM;
}

static int fetch(struct hold_process *p, uint32_t count)
{
	struct hold_message answer;

	p->hold.entries = calloc(count ? count : 1, sizeof(*p->hold.entries));
	if (!p->hold.entries)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct hold_entry *entry = &p->hold.entries[i];
		int ret = hold_process_request(p, HOLD_NEXT, NULL, -1, &answer, &entry->fd);

		if (ret < 0)
			return ret;
		memcpy(entry->name, answer.name, sizeof(entry->name));
		p->hold.count = i + 1;
		if (!hold_name_valid(entry->name))
			return -EPROTO;
		ret = hold_copies_add(&p->copies, entry->name, entry->fd);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int take_over(struct hold_process *p)
{
	struct hold_message answer;
	int ret = connect_to_holder(p);

	/* The server may take the holder's patience twice. */
	if (ret == 0)
		ret = hold_process_set_patience(p, 2 * HOLD_PATIENCE_MS + HOLD_ANSWER_MS);
	if (ret == 0) {
		ret = hold_process_request(p, HOLD_TAKE, NULL, -1, &answer, &p->yield);
		/* It was about to end, or has been killed. */
		if (ret == -EPIPE)
			ret = -ENOENT;
	}
	if (ret == 0)
		ret = fetch(p, answer.count);
	return ret < 0 ? ret : hold_process_set_patience(p, HOLD_ANSWER_MS);
}

int hold_process_takeover(struct hold **hold, const char *socket_path)
{
	struct hold_process *p = hold_process_new(socket_path);
	int ret;

	if (!p)
		return -ENOMEM;
	ret = take_over(p);
	if (ret == 0) {
		*hold = &p->hold;
		return 0;
	}
	for (size_t i = 0; i < p->hold.count; i++)
		close(p->hold.entries[i].fd);
	free(p->hold.entries);
	hold_process_free(p);
	return ret;
}

static int find(const char *socket_path, const char *beginning, struct hold_message *answer)
{
	struct hold_process *p = hold_process_new(socket_path);
	int ret;

	if (!p)
		return -ENOMEM;
	ret = connect_to_holder(p);
	if (ret == 0)
		ret = hold_process_set_patience(p, HOLD_ANSWER_MS);
	if (ret == 0)
		ret = hold_process_request(p, HOLD_FIND, beginning, -1, answer, NULL);
	hold_process_free(p);
	return ret == -EPIPE ? -ENOENT : ret; /* it was about to end */
}

int hold_process_find(const char *socket_path, const char *beginning, char name[HOLD_NAME_MAX])
{
	struct hold_message answer;
	int ret = find(socket_path, beginning, &answer);

	if (ret < 0)
		return ret;
	memcpy(name, answer.name, HOLD_NAME_MAX);
	return hold_name_valid(name) ? 0 : -EPROTO;
}

int hold_process_count_vms(const char *socket_path)
{
	struct hold_message answer;
	int ret = find(socket_path, HOLD_VM, &answer);

	if (ret < 0)
		return ret;
	return answer.count > INT_MAX ? -EPROTO : (int)answer.count;
}
