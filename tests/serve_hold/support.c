/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what the tests of a holder share. */
#include "support.h"

#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <uffd/fdpass.h>

#include "serve/listen.h"
#include "serve/socket_file.h"

#define TEN_SECONDS UINT64_C(10000000000)

void place_make(struct place *p)
{
	snprintf(p->dir, sizeof(p->dir), "/tmp/uffd-hold-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(p->dir));
	snprintf(p->socket, sizeof(p->socket), "%s/s", p->dir);
	snprintf(p->hold, sizeof(p->hold), "%s/s" HOLD_SUFFIX, p->dir);
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

/* What is closed by threads that do nothing else (closer.h) is open until they have ended. */
static void await_closers(void)
{
	uint64_t give_up = test_now() + UINT64_C(10000000000);

	while (files_in("/proc/self/task") > 1)
		ck_assert_msg(test_now() < give_up, "a thread has not ended");
}

void place_free(struct place *p)
{
	await_closers();
	ck_assert_msg(rmdir(p->dir) == 0, "%s: %s", p->dir, strerror(errno));
}

bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

int files_in(const char *dir)
{
	DIR *d = opendir(dir);
	int n = -2;

	if (!d)
		return -errno;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

int await_end(pid_t pid)
{
	uint64_t give_up = test_now() + TEN_SECONDS;
	int status;
	pid_t ret;

	/* It becomes this process's child when its parent has ended. */
	while ((ret = waitpid(pid, &status, WNOHANG)) != pid) {
		ck_assert_msg(test_now() < give_up, "process %d does not end: %s", pid,
			      ret < 0 ? strerror(errno) : "it runs");
		sched_yield();
	}
	return status;
}

int descriptors_of(pid_t pid)
{
	char path[64];
	int n;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	n = files_in(path);
	if (n == -EACCES)
		test_skip("the descriptors of a process that may not be dumped are not to be seen");
	return n;
}

void await_descriptors(pid_t pid, int wanted)
{
	uint64_t give_up = test_now() + TEN_SECONDS;
	int n;

	while ((n = descriptors_of(pid)) != wanted) {
		ck_assert_msg(test_now() < give_up, "%d descriptors, expected %d", n, wanted);
		sched_yield();
	}
}

int named_memfd(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd >= 0 && pwrite(fd, name, strlen(name) + 1, 0) < 0) {
		close(fd);
		return -errno;
	}
	return fd;
}

bool is_named(int fd, const char *name)
{
	char content[64] = "";

	return pread(fd, content, sizeof(content) - 1, 0) > 0 && !strcmp(content, name);
}

int put_named(struct hold *hold, const char *name)
{
	int fd = named_memfd(name);
	int ret = fd < 0 ? fd : hold_put(hold, name, fd);

	if (fd >= 0)
		close(fd);
	return ret;
}

size_t drop_entries(struct hold *hold)
{
	const struct hold_entry *entries;
	size_t count = hold_entries(hold, &entries);

	for (size_t i = 0; i < count; i++)
		close(entries[i].fd);
	return count;
}

const struct hold_entry *entry_of(struct hold *hold, const char *name)
{
	const struct hold_entry *entries;
	size_t count = hold_entries(hold, &entries);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(entries[i].name, name))
			return &entries[i];
	return NULL;
}

void server_start(struct server *s, void (*fn)(const struct place *p, int ready),
		  const struct place *p)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	s->pid = fork();
	ck_assert_int_ge(s->pid, 0);
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		fn(p, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	s->ready = ends[0];
}

int server_says(const struct server *s)
{
	int number;

	ck_assert_msg(read(s->ready, &number, sizeof(number)) == sizeof(number),
		      "the server has ended");
	return number;
}

void say(int ready, int number)
{
	if (write(ready, &number, sizeof(number)) != sizeof(number))
		_exit(1);
}

void server_kill(struct server *s)
{
	kill(s->pid, SIGKILL);
	await_end(s->pid);
	close(s->ready);
}

void sleep_for_good(void)
{
	for (;;)
		pause();
}

int listen_there(const struct place *p)
{
	char reason[LISTEN_REASON] = "";
	int fd = listen_at(p->socket, 0600, (uid_t)-1, (gid_t)-1, reason);

	if (fd < 0)
		fprintf(stderr, "%s\n", reason);
	return fd;
}

void listen_and_hold(const struct place *p, int ready)
{
	struct hold *hold;
	int fd = listen_there(p);

	if (fd < 0 || hold_open(&hold, p->socket) < 0 || hold_put(hold, HOLD_LISTEN, fd) < 0)
		_exit(1);
	say(ready, hold_pid(hold));
	sleep_for_good();
}

static int connect_at(const char *path, int type)
{
	struct socket_file file;
	int fd;

	ck_assert_int_eq(socket_file_open(&file, path, ""), 0);
	fd = socket_file_connect(&file, type);
	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(-fd));
	socket_file_close(&file);
	return fd;
}

int client_connect(const struct place *p)
{
	return connect_at(p->socket, SOCK_STREAM);
}

int visitor_connect(const struct place *p)
{
	return connect_at(p->hold, SOCK_SEQPACKET);
}

void visitor_send(int fd, uint32_t word, const char *name, const int *fds, uint32_t count)
{
	struct hold_message message = {.version = HOLD_VERSION, .word = word, .sequence = 7};

	if (name)
		snprintf(message.name, sizeof(message.name), "%s", name);
	ck_assert_int_eq(uffd_fdpass_send(fd, &message, sizeof(message), fds, count), 0);
}

int visitor_answer(int fd, struct hold_message *answer, int *came)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint32_t count = 1;

	*came = -1;
	ck_assert_int_eq(poll(&p, 1, 10000), 1);
	ck_assert_int_eq(uffd_fdpass_receive(fd, answer, sizeof(*answer), came, &count),
			 sizeof(*answer));
	ck_assert_uint_eq(answer->word, HOLD_ANSWER);
	return answer->error;
}

int visitor_error(int fd)
{
	struct hold_message answer;
	int came, ret = visitor_answer(fd, &answer, &came);

	ck_assert_int_eq(came, -1);
	return ret;
}

void visitor_expect_end(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct hold_message answer;
	uint32_t count = 0;

	ck_assert_int_eq(poll(&p, 1, 10000), 1);
	ck_assert_int_eq(uffd_fdpass_receive(fd, &answer, sizeof(answer), NULL, &count), 0);
	close(fd);
}
