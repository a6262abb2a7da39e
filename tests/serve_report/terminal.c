/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: a pseudo-terminal, and what somebody in front of it would see. */
#include "terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

struct terminal terminal_make(unsigned short width, unsigned short height, const char *type)
{
	struct terminal t = {.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)};

	if (t.master < 0)
		test_skip("no pseudo-terminal here: %s", strerror(errno));
	ck_assert_int_eq(grantpt(t.master), 0);
	ck_assert_int_eq(unlockpt(t.master), 0);
	t.slave = open(ptsname(t.master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(t.slave, 0);
	terminal_resize(&t, width, height);
	ck_assert_int_eq(setenv("TERM", type, 1), 0);
	return t;
}

void terminal_resize(const struct terminal *t, unsigned short width, unsigned short height)
{
	const struct winsize size = {.ws_col = width, .ws_row = height};

	ck_assert_int_eq(ioctl(t->master, TIOCSWINSZ, &size), 0);
}

void terminal_free(struct terminal *t)
{
	close(t->slave);
	close(t->master);
}

char *terminal_read(const struct terminal *t, char *text)
{
	struct pollfd polled = {.fd = t->master, .events = POLLIN};
	size_t length = text ? strlen(text) : 0;
	char *more;

	ck_assert_int_eq(poll(&polled, 1, 5000), 1);
	more = drain(t->master);
	text = realloc(text, length + strlen(more) + 1);
	ck_assert_ptr_nonnull(text);
	strcpy(text + length, more);
	free(more);
	return text;
}

char *terminal_read_all(struct report *report, const struct terminal *t, size_t *told)
{
	char last[32], *text = NULL;

	do {
		snprintf(last, sizeof(last), "number %zu.", ++*told);
		report_server(report, "last", last);
		text = terminal_read(t, text);
	} while (!strstr(text, last));
	return text;
}

size_t count_of(const char *text, const char *what)
{
	size_t count = 0;

	while ((text = strstr(text, what))) {
		count++;
		text += strlen(what);
	}
	return count;
}

size_t count_dropped(const char *text)
{
	static const char words[] = "lines not written: ";
	size_t dropped = 0;

	while ((text = strstr(text, words))) {
		text += sizeof(words) - 1;
		dropped += strtoul(text, NULL, 10);
	}
	return dropped;
}

/* Returns what is behind the sequence. */
static const char *control(struct screen *s, const char *text)
{
	char *end;
	size_t up = strtoul(text, &end, 10);

	if (*end == 'A') {
		ck_assert_uint_gt(up, 0);
		ck_assert_uint_le(up, s->row);
		s->row -= up;
		if (up > s->highest)
			s->highest = up;
	} else {
		ck_assert_msg(*end == 'J' && end == text, "sequence ESC [ %s", text);
		ck_assert_uint_eq(s->column, 0);
		memset(s->line[s->row], 0, (SCREEN_LINES - s->row) * SCREEN_WIDTH);
	}
	return end + 1;
}

void screen_show(struct screen *s, const struct terminal *t)
{
	char *text = drain(t->master);

	for (const char *c = text; *c;) {
		if (c[0] == '\033' && c[1] == '[') {
			c = control(s, c + 2);
			continue;
		}
		if (*c == '\n') {
			ck_assert_uint_lt(++s->row, SCREEN_LINES);
		} else if (*c == '\r') {
			s->column = 0;
		} else {
			ck_assert_msg(*c >= 0x20 && *c != 0x7f, "byte %02x", (unsigned char)*c);
			ck_assert_uint_lt(s->column, SCREEN_WIDTH - 1);
			s->line[s->row][s->column++] = *c;
			if (s->column > s->longest)
				s->longest = s->column;
		}
		c++;
	}
	free(text);
}

size_t screen_lines(const struct screen *s)
{
	return s->row;
}
