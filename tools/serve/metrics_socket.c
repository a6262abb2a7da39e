/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the stats socket's clients: when they come, what they get, when they go.
 * Must never: wait for a client, keep one longer than a second, or wake up while there is none.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "serve/metrics.h"
#include "serve/clock.h"
#include "serve/metrics_request.h"

#define CLIENTS   16 /* more wait in the backlog */
#define LISTENING CLIENTS
#define TIMER     (CLIENTS + 1)
#define EVENTS    (CLIENTS + 2)

#define SILENT_NS (200 * MS_NS) /* one that has said nothing gets the text */
#define CLIENT_NS SECOND_NS
#define PAUSE_NS  (100 * MS_NS) /* when there was no descriptor for a client */

struct client {
	int fd; /* -1: free */
	uint64_t came_ns;
	size_t asked;
	char request[REQUEST_MOST];
	char *answer; /* NULL: still asking */
	size_t length;
	size_t sent;
};

struct metrics {
	int epoll;
	int timer;
	int listening;
	bool accepts;      /* the socket is polled */
	uint64_t pause_ns; /* no client is accepted before */
	metrics_fn figures;
	void *user;
	struct client clients[CLIENTS];
};

static int watch(struct metrics *m, int operation, int fd, uint32_t events, uint32_t who)
{
	struct epoll_event event = {.events = events, .data.u32 = who};

	return epoll_ctl(m->epoll, operation, fd, &event) ? -errno : 0;
}

static void client_close(struct client *c)
{
	close(c->fd);
	free(c->answer);
	c->fd = -1;
	c->answer = NULL;
}

/*
 * A socket that is closed with something unread in it gives its peer an error where the end should
 * be. After the shutdown nothing more can come.
 */
static void client_finish(struct client *c)
{
	shutdown(c->fd, SHUT_RDWR);
	while (recv(c->fd, c->request, sizeof(c->request), MSG_DONTWAIT) > 0)
		;
	client_close(c);
}

static void client_send(struct metrics *m, struct client *c)
{
	while (c->sent < c->length) {
		ssize_t n = send(c->fd, c->answer + c->sent, c->length - c->sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN &&
		    !watch(m, EPOLL_CTL_MOD, c->fd, EPOLLOUT, (uint32_t)(c - m->clients)))
			return;
		if (n < 0) {
			client_close(c);
			return;
		}
		c->sent += (size_t)n;
	}
	client_finish(c);
}

static char *figures_text(struct metrics *m)
{
	const struct vm_figures *vms = NULL;
	struct totals totals = {0};
	size_t count = m->figures(m->user, &vms, &totals);

	return metrics_text(vms, count, &totals);
}

/* The whole answer, malloc'd; NULL: no memory. */
static char *make_answer(struct metrics *m, struct answer a, size_t *length)
{
	char *text = a.status <= 200 ? figures_text(m) : NULL, *whole, header[HEADER_MOST];
	const char *body = text;
	size_t header_length, body_length;

	if (a.status == ANSWER_BARE) {
		*length = text ? strlen(text) : 0;
		return text;
	}
	if (!body) {
		a.status = a.status == 200 ? 503 : a.status;
		body = request_error(a.status);
	}
	body_length = strlen(body);
	header_length = request_header(header, a.status, body_length);
	if (a.head_only)
		body_length = 0;
	*length = header_length + body_length;
	whole = malloc(*length);
	if (whole) {
		memcpy(whole, header, header_length);
		memcpy(whole + header_length, body, body_length);
	}
	free(text);
	return whole;
}

static void client_answer(struct metrics *m, struct client *c, struct answer a)
{
	c->answer = make_answer(m, a, &c->length);
	c->sent = 0;
	if (c->answer)
		client_send(m, c);
	else
		client_close(c);
}

static void client_read(struct metrics *m, struct client *c)
{
	struct answer a = {.status = ANSWER_WAIT};

	while (a.status == ANSWER_WAIT) {
		ssize_t n =
			recv(c->fd, c->request + c->asked, REQUEST_MOST - c->asked, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			client_close(c);
			return;
		}
		c->asked += (size_t)n;
		a = request_answer(c->request, c->asked, n == 0);
	}
	client_answer(m, c, a);
}

static void client_work(struct metrics *m, struct client *c)
{
	if (c->fd < 0)
		return;
	if (c->answer)
		client_send(m, c);
	else
		client_read(m, c);
}

static struct client *free_client(struct metrics *m)
{
	for (size_t i = 0; i < CLIENTS; i++)
		if (m->clients[i].fd < 0)
			return &m->clients[i];
	return NULL;
}

static void accept_clients(struct metrics *m)
{
	struct client *c;

	while ((c = free_client(m))) {
		int fd = accept4(m->listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0) {
			if (errno != EAGAIN)
				m->pause_ns = now_ns() + PAUSE_NS;
			return;
		}
		if (watch(m, EPOLL_CTL_ADD, fd, EPOLLIN, (uint32_t)(c - m->clients))) {
			close(fd);
			continue;
		}
		c->fd = fd;
		c->came_ns = now_ns();
		c->asked = 0;
	}
}

/* When something is to be done about a client that does nothing. */
static uint64_t client_due(const struct client *c)
{
	return c->came_ns + (c->answer || c->asked ? CLIENT_NS : SILENT_NS);
}

static void time_out(struct metrics *m)
{
	uint64_t now = now_ns();

	for (size_t i = 0; i < CLIENTS; i++) {
		struct client *c = &m->clients[i];

		if (c->fd < 0 || client_due(c) > now)
			continue;
		if (c->answer || c->asked)
			client_close(c);
		else
			client_answer(m, c, (struct answer){.status = ANSWER_BARE});
	}
	if (m->pause_ns && m->pause_ns <= now)
		m->pause_ns = 0;
}

/* The timer rings at the first thing that is due; without any it is off. */
static void set_timer(struct metrics *m)
{
	uint64_t due = m->pause_ns ? m->pause_ns : UINT64_MAX;
	struct itimerspec at = {0};

	for (size_t i = 0; i < CLIENTS; i++)
		if (m->clients[i].fd >= 0 && client_due(&m->clients[i]) < due)
			due = client_due(&m->clients[i]);
	if (due != UINT64_MAX) {
		at.it_value.tv_sec = (time_t)(due / SECOND_NS);
		at.it_value.tv_nsec = (long)(due % SECOND_NS);
	}
	timerfd_settime(m->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

/* A socket that nobody accepts from would poll readable all the time. */
static void set_accepting(struct metrics *m)
{
	bool accepts = free_client(m) && !m->pause_ns;

	if (accepts != m->accepts &&
	    !watch(m, EPOLL_CTL_MOD, m->listening, accepts ? EPOLLIN : 0, LISTENING))
		m->accepts = accepts;
}

void metrics_work(struct metrics *m)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(m->epoll, events, EVENTS, 0);

	/* Clients first: the place of one that goes is another's. */
	for (int i = 0; i < n; i++)
		if (events[i].data.u32 < CLIENTS)
			client_work(m, &m->clients[events[i].data.u32]);
	time_out(m);
	for (int i = 0; i < n; i++)
		if (events[i].data.u32 == LISTENING)
			accept_clients(m);
	set_timer(m);
	set_accepting(m);
}

int metrics_open(struct metrics **metrics, int listening, metrics_fn figures, void *user)
{
	struct metrics *m = calloc(1, sizeof(*m));
	int ret;

	if (!m)
		return -ENOMEM;
	m->accepts = true;
	m->figures = figures;
	m->user = user;
	for (size_t i = 0; i < CLIENTS; i++)
		m->clients[i].fd = -1;
	m->timer = -1;
	m->listening = listening;
	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (m->epoll >= 0)
		m->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	ret = m->timer < 0 ? -errno : watch(m, EPOLL_CTL_ADD, m->timer, EPOLLIN, TIMER);
	if (!ret)
		ret = watch(m, EPOLL_CTL_ADD, listening, EPOLLIN, LISTENING);
	if (ret) {
		/* The socket stays the caller's. */
		m->listening = -1;
		metrics_close(m);
		return ret;
	}
	*metrics = m;
	return 0;
}

int metrics_fd(const struct metrics *m)
{
	return m->epoll;
}

void metrics_close(struct metrics *m)
{
	for (size_t i = 0; i < CLIENTS; i++)
		if (m->clients[i].fd >= 0)
			client_close(&m->clients[i]);
	if (m->listening >= 0)
		close(m->listening);
	if (m->timer >= 0)
		close(m->timer);
	if (m->epoll >= 0)
		close(m->epoll);
	free(m);
}
