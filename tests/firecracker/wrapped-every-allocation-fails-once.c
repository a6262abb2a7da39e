/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Wherever memory is lacking, the call fails with ENOMEM, says so, and gives everything back. */
#include "firecracker.h"

#include <json-c/json.h>

void *__wrap_malloc(size_t size);
struct json_tokener *__wrap_json_tokener_new_ex(int depth);
struct json_object *__wrap_json_tokener_parse_ex(struct json_tokener *t, const char *at,
						 int length);
void *__real_malloc(size_t size);
struct json_tokener *__real_json_tokener_new_ex(int depth);
struct json_object *__real_json_tokener_parse_ex(struct json_tokener *t, const char *at,
						 int length);

static bool armed;
static int calls, failing; /* which call fails; 0: none */

static bool fails(void)
{
	return armed && ++calls == failing;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

struct json_tokener *__wrap_json_tokener_new_ex(int depth)
{
	return fails() ? NULL : __real_json_tokener_new_ex(depth);
}

/* What the tokener answers where it cannot even begin: nothing, and no error. */
struct json_object *__wrap_json_tokener_parse_ex(struct json_tokener *t, const char *at, int length)
{
	return fails() ? NULL : __real_json_tokener_parse_ex(t, at, length);
}

static int parse(char *reason)
{
	struct uffd_peer_region regions[2];
	uint32_t count = 2;

	return uffd_fc_parse(wire[1], strlen(wire[1]), CONTENT, regions, &count, reason);
}

/* What fails first; with its reason, where there is one. */
static int run(struct line *l, int uffd, char *reason)
{
	int ret = uffd_fc_receiver_open(&l->receiver, l->handler, CONTENT);

	if (ret < 0)
		return ret;
	ret = uffd_fc_send(l->vmm, uffd, wire_regions, 2, LIBUFFD_FC_1_12);
	if (ret == 0)
		ret = uffd_fc_receive(l->receiver);
	strcpy(reason, uffd_fc_reason(l->receiver));
	uffd_fc_receiver_close(l->receiver);
	return ret < 0 ? ret : parse(reason);
}

static int run_failing(int k, int uffd)
{
	char reason[LIBUFFD_FC_REASON_MAX] = "";
	struct line l = line_make();
	int ret;

	uffd_fc_receiver_close(l.receiver);
	calls = 0;
	failing = k;
	armed = true;
	ret = run(&l, uffd, reason);
	armed = false;
	l.receiver = NULL;
	line_free(&l);
	ck_assert_msg(!*reason || !strcmp(reason, "no memory"), "call %d: %s", k, reason);
	return ret;
}

static void every_allocation_fails_once(void)
{
	int uffd = vmm_uffd(), before = open_descriptors(), ret, k = 0;

	EXPECT(run_failing(0, uffd), 0);
	/* A receiver and its tokener, what is sent, a text; a tokener and a text. */
	ck_assert_int_eq(calls, 6);
	while (k < 6) {
		ret = run_failing(++k, uffd);
		ck_assert_msg(ret == -ENOMEM, "call %d: %d (%s)", k, ret, strerror(-ret));
		ck_assert_int_eq(open_descriptors(), before);
	}
	close(uffd);
}

TEST_MAIN(every_allocation_fails_once)
