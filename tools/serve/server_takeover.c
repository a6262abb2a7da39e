/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: getting the hold: what is there is asked for before a server has to yield for it, and who
 * waits is told when one has yielded in vain.
 * Must never: end a server of whose VMs this one knows that it cannot go on with them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "serve/hold.h"
#include "serve/listen.h"
#include "serve/server_parts.h"
#include "serve/takeover.h"

int server_other_content(const struct server *s)
{
	return server_wrong(s->options->memory,
			    "not the memory file and layers that the server or the VMs there began "
			    "with: they are left alone");
}

static int no_takeover(const struct server *s, int error)
{
	switch (error) {
	case -ENOENT:
		return server_wrong(s->path, "nothing is held there: start without --takeover");
	case -EBUSY:
		return server_wrong(s->path, "another server is taking over there");
	case -ETIMEDOUT:
		return server_wrong(s->path, "what holds the VMs there does not answer");
	case -EPERM:
		return server_wrong(s->path, "what holds the VMs there is another user's");
	default:
		return server_wrong(s->path, strerror(-error));
	}
}

/* The number of VMs there, or -1: it is known already that this server could not go on. */
static int ask(const struct server *s)
{
	char content[HOLD_NAME_MAX];
	int vms, ret = hold_find(s->path, TAKEOVER_CONTENT, content);

	if (ret == 0 && takeover_is_other_content(content, s))
		return server_other_content(s);
	/* A server that has just begun; or systemd has it, and nobody is to yield. */
	if (ret < 0 && ret != -ENOENT)
		return no_takeover(s, ret);
	vms = hold_count_vms(s->path);
	if (vms == -ENOENT)
		return 0;
	if (vms < 0)
		return no_takeover(s, vms);
	if (server_has_room((uint32_t)vms))
		return vms;
	return server_wrong(s->path, "the limit of open files (RLIMIT_NOFILE) is too low for the "
				     "VMs there: they are left alone");
}

static int take_over(struct server *s)
{
	int ret, vms = ask(s);

	if (vms < 0)
		return -1;
	ret = hold_takeover(&s->hold, s->path);
	switch (ret) {
	case 0:
		return 0;
	case -ENOENT:
	case -EBUSY:
	case -EPERM:
		return no_takeover(s, ret);
	case -ETIMEDOUT:
		server_wrong(s->path, "the server there neither yielded nor could be ended");
		break;
	default:
		server_wrong(s->path, strerror(-ret));
	}
	/* Somewhere between the question and the last of what is held. */
	if (vms)
		fprintf(stderr,
			"uffd-serve: %s: %d VMs may wait without a server: go on with uffd-serve "
			"--takeover --socket %s\n",
			s->path, vms, s->path);
	return -1;
}

/* Whether what is held there is of a server that has ended. */
static bool is_left(const struct server *s)
{
	char name[HOLD_NAME_MAX];

	return hold_find(s->path, HOLD_SERVER, name) == -ENOENT;
}

/*
 * A server that runs has to yield only to who says so. What one has left is gone on with in any
 * case: whoever starts a server again when it has died does so with the same words each time.
 */
int server_take_hold(struct server *s)
{
	int ret;

	if (s->options->takeover)
		return take_over(s);
	ret = hold_open(&s->hold, s->path);
	if (ret == -EADDRINUSE && is_left(s))
		return take_over(s);
	if (ret == -EADDRINUSE)
		return server_wrong(s->path, "a server is there: see --takeover");
	return ret < 0 ? server_wrong(s->path, listen_words(ret)) : 0;
}

void server_tell_waiting(const struct server *s, size_t vms, bool stored)
{
	if (stored)
		fprintf(stderr,
			"uffd-serve: %s: %zu VMs wait without a server, until the service is "
			"started again\n",
			s->path, vms);
	else
		fprintf(stderr,
			"uffd-serve: %s: %zu VMs wait without a server: go on with uffd-serve "
			"--takeover --socket %s\n",
			s->path, vms, s->path);
}
