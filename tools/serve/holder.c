/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the holder process's loop and its server's requests.
 * Must never: block but in poll(2), or keep anything open that is not its own or an entry.
 */
#include "serve/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <uffd/fdpass.h>

#include "serve/clock.h"
#include "serve/hold_ops.h"

void holder_peer_close(struct holder_peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	if (peer->pidfd >= 0)
		close(peer->pidfd);
	*peer = (struct holder_peer){.fd = -1, .pidfd = -1};
}

int holder_answer(const struct holder_peer *peer, const struct hold_message *request,
		  struct hold_message answer, int fd)
{
	answer.version = HOLD_VERSION;
	answer.word = HOLD_ANSWER;
	answer.sequence = request ? request->sequence : 0;
	return uffd_fdpass_send(peer->fd, &answer, sizeof(answer), &fd, fd >= 0);
}

int holder_receive(const struct holder_peer *peer, struct hold_message *request, int *fd)
{
	struct hold_message answer = {0};
	uint32_t count = 1;
	int64_t n;

	*fd = -1;
	*request = (struct hold_message){0};
	n = uffd_fdpass_receive(peer->fd, request, sizeof(*request), fd, &count);
	if (n == 0 || n == -EAGAIN)
		return (int)n;
	/* Its end is closed with something of the holder's unread in it. */
	if (n == -ECONNRESET)
		return 0;
	if (n < 0)
		answer.error = (int)n;
	else if (n != sizeof(*request))
		answer.error = -EMSGSIZE;
	else if (request->version != HOLD_VERSION)
		answer.error = -EPROTONOSUPPORT;
	else
		return 1;
	holder_answer(peer, request, answer, -1);
	return -EINVAL;
}

static int put(struct holder *h, const struct hold_message *request, int *fd)
{
	int ret;

	if (*fd < 0 || !hold_name_valid(request->name))
		return -EINVAL;
	ret = holder_entries_add(h, request->name, *fd);
	if (ret == 0)
		*fd = -1;
	return ret;
}

static int drop(struct holder *h, const struct hold_message *request, const int *fd)
{
	if (*fd >= 0 || !hold_name_valid(request->name))
		return -EINVAL;
	return holder_entries_remove(h, request->name);
}

static int accept_client(struct holder *h, const struct hold_message *request, const int *fd)
{
	if (*fd >= 0 || !hold_name_valid(request->name))
		return -EINVAL;
	return holder_accept_client(h, request->name);
}

/* Nobody needs it but for a server, if there is one. A visitor that has not asked finds nobody. */
static bool idle(const struct holder *h)
{
	return !h->newcomer && !holder_entries_have_vm(h);
}

/*
 * The server's socket too, if the holder was given it: otherwise clients would wait at it forever.
 */
static void remove_sockets(const struct holder *h)
{
	const struct holder_entry *entry = holder_entries_find(h, HOLD_LISTEN);
	struct socket_file file = h->file;

	if (entry) {
		memcpy(file.name, h->socket_name, sizeof(file.name));
		socket_file_remove(&file, entry->fd);
	}
	socket_file_remove(&h->file, h->listening);
}

/* The server waits for the answer before it ends: a new one may be started right after that. */
static void leave(struct holder *h, const struct hold_message *request)
{
	struct hold_message answer = {.count = idle(h)};

	/* A server before it may have been killed. */
	h->stay_until = 0;
	if (answer.count)
		remove_sockets(h);
	holder_answer(&h->server, request, answer, -1);
	holder_server_gone(h);
}

/* It was killed: whoever starts it again is waited for, and so are clients that come meanwhile. */
static void server_died(struct holder *h)
{
	if (holder_entries_find(h, HOLD_LISTEN))
		h->stay_until = now_ns() + HOLD_STAY_MS * MS_NS;
	holder_server_gone(h);
}

static void server_says(struct holder *h)
{
	struct hold_message request, answer = {0};
	int fd, client = -1, ret = holder_receive(&h->server, &request, &fd);

	if (ret == 0) {
		server_died(h);
	} else if (ret == 1 && request.word == HOLD_LEAVE) {
		leave(h, &request);
	} else if (ret == 1) {
		switch (request.word) {
		case HOLD_PUT:
			answer.error = put(h, &request, &fd);
			break;
		case HOLD_DROP:
			answer.error = drop(h, &request, &fd);
			break;
		case HOLD_ACCEPT:
			client = accept_client(h, &request, &fd);
			answer.error = client < 0 ? client : 0;
			break;
		default:
			answer.error = -EINVAL;
		}
		holder_answer(&h->server, &request, answer, client < 0 ? -1 : client);
	}
	if (fd >= 0)
		close(fd);
}

/* Once it has, it does so for good. */
static bool tells_end(const struct holder_entry *entry)
{
	return holder_entry_tells_end(entry) && !entry->ask_at;
}

static nfds_t polls_fill(struct holder *h)
{
	struct pollfd *p = h->polls;
	struct holder_peer *free_one = NULL;

	for (size_t i = 0; i < HOLDER_VISITORS; i++) {
		*p++ = (struct pollfd){.fd = h->visitors[i].fd, .events = POLLIN};
		if (h->visitors[i].fd < 0)
			free_one = &h->visitors[i];
	}
	*p++ = (struct pollfd){.fd = h->server.fd, .events = POLLIN};
	*p++ = (struct pollfd){.fd = free_one ? h->listening : -1, .events = POLLIN};
	/* A newcomer has been told how many there are. */
	for (size_t i = 0; i < h->count && h->stage != HOLDER_GIVING; i++)
		*p++ = (struct pollfd){.fd = tells_end(&h->entries[i]) ? h->entries[i].fd : -1,
				       .events = POLLIN};
	return (nfds_t)(p - h->polls);
}

/* What follows a VM that goes moves among the entries: all is looked at before one does. */
static void note_ended(struct holder *h, nfds_t polled, uint64_t now)
{
	for (nfds_t i = HOLDER_VISITORS + 2; i < polled; i++)
		if (h->polls[i].revents)
			h->entries[i - HOLDER_VISITORS - 2].ask_at = now;
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

static uint64_t next_deadline(struct holder *h, uint64_t now)
{
	uint64_t next = holder_deadlines(h, now), again = holder_close_postponed(h, now);

	next = earlier(next, again);
	again = h->stage == HOLDER_GIVING ? UINT64_MAX : holder_entries_ask_at(h);
	next = earlier(next, again > now ? again : now);
	return h->server.fd < 0 && h->stay_until > now && h->stay_until < next ? h->stay_until
									       : next;
}

static void turn(struct holder *h)
{
	uint64_t now = now_ns();
	uint64_t next = next_deadline(h, now);
	nfds_t polled = polls_fill(h);
	int ms = next == NEVER ? -1 : (int)((next - now) / MS_NS + 1);
	int ready = poll(h->polls, polled, ms);

	if (ready > 0)
		note_ended(h, polled, now);
	/* A newcomer has been told how many entries there are. */
	if (h->stage != HOLDER_GIVING)
		holder_entries_ask(h, now_ns());
	if (ready <= 0)
		return;
	if (h->polls[HOLDER_VISITORS].revents)
		server_says(h);
	for (size_t i = 0; i < HOLDER_VISITORS; i++) {
		/* Whatever it asked for before: nobody would serve if the server yielded to it. */
		if (h->polls[i].revents & POLLHUP)
			holder_visitor_gone(h, &h->visitors[i]);
		else if (h->polls[i].revents && h->visitors[i].fd >= 0)
			holder_visitor_says(h, &h->visitors[i]);
	}
	if (h->polls[HOLDER_VISITORS + 1].revents)
		holder_accept(h);
}

static void own_signals(void)
{
	static const int ignored[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGCHLD};
	sigset_t none;

	/* The server's handlers are not the holder's. */
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int close_from_to(int first, int last)
{
	return first > last ? 0 : (int)syscall(SYS_close_range, first, last, 0);
}

/* Everything but its own is closed; 0 to 2 are /dev/null, for a message of the C library's. */
static int own_descriptors(struct holder *h)
{
	int *own[] = {&h->file.dir, &h->listening, &h->yield, &h->server.fd, &h->server.pidfd};
	int keep[sizeof(own) / sizeof(own[0])];
	int next = 0;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (*own[i] < 3)
			*own[i] = fcntl(*own[i], F_DUPFD_CLOEXEC, 3);
		if (*own[i] < 0)
			return -errno;
		keep[i] = *own[i];
	}
	qsort(keep, sizeof(keep) / sizeof(keep[0]), sizeof(keep[0]), by_number);
	for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++) {
		if (close_from_to(next, keep[i] - 1) < 0)
			return -errno;
		next = keep[i] + 1;
	}
	if (syscall(SYS_close_range, next, ~0u, 0) < 0)
		return -errno;
	for (int fd = 0; fd < 3; fd++)
		if (open("/dev/null", O_RDWR | O_CLOEXEC) != fd)
			return -EIO;
	return 0;
}

static int start(struct holder *h)
{
	int ret;

	for (size_t i = 0; i < HOLDER_VISITORS; i++)
		h->visitors[i] = (struct holder_peer){.fd = -1, .pidfd = -1};
	own_signals();
	ret = own_descriptors(h);
	if (ret < 0)
		return ret;
	if (setsid() < 0 || chdir("/") < 0 || prctl(PR_SET_NAME, "uffd-hold") < 0 ||
	    prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	/* Once more: whoever connects is told the pid of the process that listened last. */
	if (listen(h->listening, SOMAXCONN) < 0)
		return -errno;
	return holder_entries_init(h);
}

static bool is_needed(struct holder *h)
{
	if (h->server.fd >= 0 || !idle(h) || now_ns() < h->stay_until)
		return true;
	/* With the last descriptor of the socket who waits there would be forgotten. */
	if (h->stay_until)
		holder_accept_clients(h);
	return !idle(h);
}

void holder_main(struct holder *h)
{
	struct hold_message ready = {.error = start(h)};

	holder_answer(&h->server, NULL, ready, -1);
	if (ready.error < 0)
		_exit(1);
	while (is_needed(h))
		turn(h);
	remove_sockets(h);
	_exit(0);
}
