/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * remote-memory [ANSWERS]: memory whose content is elsewhere, through a source of the program's own
 * that answers later.
 *
 * A memory server at the other end of a socket takes its time, and answers in another order than
 * it was asked. submit() sends it a request and returns; a thread receives the answers, straight
 * into the library's buffers, and tells of each with uffd_read_done(). Beyond IN_FLIGHT requests
 * submit() says -EBUSY and is asked again. Where the server dies (after so many ANSWERS) every read
 * is an error, and its page the region's policy: here SIGBUS for whoever touches it.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uffd.h>

#define LENGTH    (UINT64_C(64) << 20)
#define THREADS   16
#define IN_FLIGHT 12

/* A request; and what an answer begins with, before its bytes. */
struct message {
	uint64_t slot; /* tells which request it is */
	uint64_t offset;
	uint64_t length;
};

/* The server; it might be another machine. */

static uint64_t store[LENGTH / 8];
static unsigned long answers = ~0ul; /* until it dies */
static int ends[2];

static void *serve(void *arg)
{
	struct pollfd more = {.fd = ends[1], .events = POLLIN};
	struct message asked[IN_FLIGHT], *m;
	int count = 0;

	while (recv(ends[1], &asked[count], sizeof(*m), MSG_WAITALL) == sizeof(*m)) {
		if (++count < IN_FLIGHT && poll(&more, 1, 0) > 0)
			continue;
		usleep(200); /* the way there and back */
		while (count && answers--) {
			m = &asked[--count]; /* the last comes first */
			send(ends[1], m, sizeof(*m), MSG_NOSIGNAL);
			send(ends[1], (char *)store + m->offset, m->length, MSG_NOSIGNAL);
		}
		if (count)
			break;
	}
	close(ends[1]);
	return arg;
}

/* The source. */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* not held while memory is touched */
static struct uffd_read *reads[IN_FLIGHT];               /* NULL: a free slot */
static void *_Atomic buffers[IN_FLIGHT];
static int in_flight, most;

static int submit(void *user, struct uffd_read *read, void *buffer, uint64_t length,
		  uint64_t offset)
{
	struct message request = {0, offset, length};
	int ret = 0;

	(void)user;
	pthread_mutex_lock(&lock);
	while (request.slot < IN_FLIGHT && reads[request.slot])
		request.slot++;
	if (request.slot == IN_FLIGHT)
		ret = -EBUSY;
	else
		buffers[request.slot] = buffer; /* the answer may be here before send() returns */
	if (ret == 0 && send(ends[0], &request, sizeof(request), MSG_NOSIGNAL) < 0)
		ret = -errno; /* it never waits: there is room for all that are in flight */
	if (ret == 0) {
		reads[request.slot] = read;
		most = ++in_flight > most ? in_flight : most;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

/* The slot is free before the library hears of it, and may want another at once. */
static void done(uint64_t slot, int64_t result)
{
	struct uffd_read *read;

	pthread_mutex_lock(&lock);
	read = reads[slot];
	reads[slot] = NULL;
	in_flight -= read != NULL;
	pthread_mutex_unlock(&lock);
	if (read)
		uffd_read_done(read, result);
}

static void *receive(void *arg)
{
	struct message m;

	while (recv(ends[0], &m, sizeof(m), MSG_WAITALL) == sizeof(m) && m.slot < IN_FLIGHT &&
	       recv(ends[0], buffers[m.slot], m.length, MSG_WAITALL) == (ssize_t)m.length)
		done(m.slot, (int64_t)m.length);
	/* It is gone, and nobody may wait for ever. */
	for (uint64_t slot = 0; slot < IN_FLIGHT; slot++)
		done(slot, -EPIPE);
	return arg;
}

/* The program: threads that look at every word of memory that is not there. */

static uint64_t *memory;
static _Atomic uint64_t wrong;

static void *verify(void *part)
{
	uint64_t first = (uintptr_t)part * (LENGTH / 8 / THREADS);

	for (uint64_t i = first; i < first + LENGTH / 8 / THREADS; i++)
		if (memory[i] != store[i])
			wrong++;
	return NULL;
}

static void on_sigbus(int signal)
{
	static const char line[] = "remote-memory: SIGBUS: a page that nobody can bring\n";
	static _Atomic int said;

	(void)signal;
	while (said++)
		pause();
	_exit(write(STDERR_FILENO, line, sizeof(line) - 1) > 0 ? 1 : 2);
}

static void or_die(int ret, const char *what)
{
	if (ret < 0) {
		fprintf(stderr, "remote-memory: %s: %s\n", what, strerror(-ret));
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct uffd_ctx_opts user_mode = {.size = sizeof(user_mode),
					  .flags = LIBUFFD_CTX_USER_MODE_ONLY};
	const struct uffd_source_ops ops = {.size = sizeof(ops), .submit = submit};
	struct uffd_region_opts opts = {.size = sizeof(opts), .max_retries = 1};
	struct uffd_stats stats = {.size = sizeof(stats)};
	pthread_t server, receiver, threads[THREADS];
	struct uffd_region *region;
	struct uffd_loop *loop;
	struct uffd_ctx *ctx;

	for (uint64_t i = 0; i < LENGTH / 8; i++)
		store[i] = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
	answers = argc > 1 ? strtoul(argv[1], NULL, 10) : answers;
	or_die(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) ? -errno : 0, "socketpair");
	pthread_create(&server, NULL, serve, NULL);
	pthread_create(&receiver, NULL, receive, NULL);
	signal(SIGBUS, on_sigbus);

	memory = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	or_die(memory == MAP_FAILED ? -errno : 0, "mmap");
	or_die(uffd_ctx_open(&ctx, &user_mode), "userfaultfd");
	or_die(uffd_source_open(&opts.source, LENGTH, &ops, NULL), "source");
	or_die(uffd_region_add(&region, ctx, memory, LENGTH, LIBUFFD_MISSING, &opts), "region");
	uffd_source_close(opts.source); /* the region keeps it */
	or_die(uffd_loop_start(&loop, ctx, NULL), "loop");

	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, verify, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	or_die(uffd_ctx_stats(ctx, &stats), "stats");
	or_die(uffd_loop_close(loop), "loop");
	or_die(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), "pages were left unfilled");
	shutdown(ends[0], SHUT_RDWR);
	pthread_join(server, NULL);
	pthread_join(receiver, NULL);
	printf("%" PRIu64 " faults, at most %d reads at once, %" PRIu64 " bytes, %" PRIu64
	       " wrong words\n",
	       stats.faults_missing, most, stats.read_bytes, wrong);
	return wrong != 0;
}
