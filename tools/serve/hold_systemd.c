/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: descriptors in systemd's store (FileDescriptorStoreMax=), which come back in LISTEN_FDS.
 * Must never: say that one is kept before systemd has read the message; the store has no answer, so
 * what does not fit into it is counted here.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <uffd/fdpass.h>

#include "serve/closer.h"
#include "serve/hold_ops.h"

#define PATIENCE_US 5000000u

struct hold_systemd {
	struct hold hold;
	char (*names)[HOLD_NAME_MAX]; /* of everything that is in the store */
	size_t count;
	size_t most;
};

static struct hold_systemd *systemd_of(struct hold *hold)
{
	return (struct hold_systemd *)hold;
}

static size_t find(const struct hold_systemd *s, const char *name)
{
	size_t i = 0;

	while (i < s->count && strcmp(s->names[i], name))
		i++;
	return i;
}

static int add(struct hold_systemd *s, const char *name)
{
	char(*names)[HOLD_NAME_MAX] = realloc(s->names, (s->count + 1) * sizeof(*names));

	if (!names)
		return -ENOMEM;
	s->names = names;
	snprintf(s->names[s->count++], HOLD_NAME_MAX, "%s", name);
	return 0;
}

/* sd_notify(3): 0: nobody is to be notified. */
static int sent(int ret)
{
	return ret == 0 ? -ENOTCONN : ret < 0 ? ret : 0;
}

static int systemd_put(struct hold *hold, const char *name, int fd)
{
	struct hold_systemd *s = systemd_of(hold);
	char text[128];
	int ret;

	if (find(s, name) < s->count)
		return -EEXIST;
	if (s->count >= s->most)
		return -ENOSPC;
	/* Without FDPOLL=0 it would be dropped as soon as it hangs up: a connection, for example. */
	snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s\nFDPOLL=0", name);
	ret = sent(sd_pid_notify_with_fds(0, 0, text, &fd, 1));
	if (ret == 0)
		ret = sent(sd_notify_barrier(0, PATIENCE_US));
	return ret < 0 ? ret : add(s, name);
}

static int systemd_remove(struct hold *hold, const char *name)
{
	struct hold_systemd *s = systemd_of(hold);
	size_t i = find(s, name);
	char text[128];
	int ret;

	if (i == s->count)
		return -ENOENT;
	snprintf(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=%s", name);
	ret = sent(sd_notify(0, text));
	if (ret < 0)
		return ret;
	s->count--;
	memmove(s->names[i], s->names[i + 1], (s->count - i) * sizeof(s->names[0]));
	return 0;
}

/* Between accept(2) and what follows it nobody but this process has the connection. */
static int systemd_accept(struct hold *hold, const char *vm, int listening)
{
	char conn[HOLD_NAME_MAX], pidfd[HOLD_NAME_MAX];
	struct uffd_peer peer = {.size = sizeof(peer), .pidfd = -1};
	int fd, ret = hold_client_names(vm, conn, pidfd);

	if (ret < 0)
		return ret;
	fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = systemd_put(hold, conn, fd);
	if (ret == 0)
		ret = uffd_fdpass_peer(fd, &peer);
	if (ret == 0)
		ret = peer.pidfd < 0 ? -ESRCH : systemd_put(hold, pidfd, peer.pidfd);
	if (peer.pidfd >= 0)
		close(peer.pidfd);
	if (ret == 0)
		return fd;
	systemd_remove(hold, conn);
	closer_close(fd);
	return ret;
}

static int systemd_channel(const struct hold *hold)
{
	(void)hold;
	return -1;
}

static int systemd_renew(struct hold *hold)
{
	(void)hold;
	return -EOPNOTSUPP;
}

static int systemd_fd(const struct hold *hold)
{
	(void)hold;
	return -1;
}

static bool systemd_must_yield(struct hold *hold)
{
	(void)hold;
	return false;
}

static int systemd_pid(const struct hold *hold)
{
	(void)hold;
	return 0;
}

static void systemd_close(struct hold *hold)
{
	struct hold_systemd *s = systemd_of(hold);

	free(s->names);
	free(s);
}

static const struct hold_ops systemd_ops = {
	.put = systemd_put,
	.remove = systemd_remove,
	.accept = systemd_accept,
	.channel = systemd_channel,
	.renew = systemd_renew,
	.fd = systemd_fd,
	.must_yield = systemd_must_yield,
	.pid = systemd_pid,
	.close = systemd_close,
};

static bool listens(int fd)
{
	int value = 0;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value;
}

/* What was passed: what listens is listen_inherited()'s, the rest are entries. */
static int take_passed(struct hold_systemd *s, char **names, int count)
{
	char name[HOLD_NAME_MAX] = "";

	s->hold.entries = calloc(count ? (size_t)count : 1, sizeof(*s->hold.entries));
	if (!s->hold.entries)
		return -ENOMEM;
	for (int i = 0; i < count; i++) {
		struct hold_entry *entry = &s->hold.entries[s->hold.count];
		int ret;

		if (strlen(names[i]) >= sizeof(name))
			continue;
		snprintf(name, sizeof(name), "%s", names[i]);
		if (!hold_name_valid(name))
			continue;
		ret = add(s, name);
		if (ret < 0)
			return ret;
		if (listens(SD_LISTEN_FDS_START + i))
			continue;
		memcpy(entry->name, name, sizeof(name));
		entry->fd = SD_LISTEN_FDS_START + i;
		s->hold.count++;
	}
	return 0;
}

/* FDSTORE: since systemd 254 how many the store takes; before, it is not told. */
static int read_most(size_t *most)
{
	const char *text = getenv("FDSTORE");
	char *end;
	unsigned long value;

	*most = SIZE_MAX;
	if (!text)
		return 0;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end)
		return -EINVAL;
	*most = value;
	return 0;
}

int hold_systemd_open(struct hold **hold)
{
	struct hold_systemd *s = calloc(1, sizeof(*s));
	char **names = NULL;
	int count, ret;

	if (!s)
		return -ENOMEM;
	s->hold.ops = &systemd_ops;
	ret = read_most(&s->most);
	count = ret < 0 ? ret : sd_listen_fds_with_names(0, &names);
	ret = count < 0 ? count : take_passed(s, names, count);
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	if (ret < 0) {
		free(s->hold.entries);
		systemd_close(&s->hold);
		return ret;
	}
	*hold = &s->hold;
	return 0;
}
