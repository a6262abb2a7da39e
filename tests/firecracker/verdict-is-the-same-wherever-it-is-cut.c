/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Right or wrong, the verdict on a text and its reason are the same in whatever pieces it comes. */
#include "firecracker.h"

#define WITH(field) "[" OBJECT("\"offset\":0," field) "]"

static const char *const texts[] = {
	" [" REGION "]",
	WITH("\"a\":\"\\ud83d\\ude00 \xc3\xa4\\\"\""),
	WITH("\"a\":18446744073709551616,\"b\":[-9223372036854775809,1.50e+7,true]"),
	WITH("\"a\":\"\xc3\",\"b\":1.x"),
	WITH("\"page_size\":18446744073709551616"),
	WITH("\"page_size\":2097152.0"),
	WITH("\"size\":2097152"),
	WITH("\"a\":01"),
	WITH("\"a\":tru"),
	WITH("\"a\" 1,\"b\":.5"),
	WITH("\"a\":\"\\u12x4\""),
	WITH("\"a\\u0000\":1"),
	"[" REGION ",5]",
	"[" REGION "," REGION "]",
	"[" REGION "}",
	"x",
	"[]",
};

struct verdict {
	int ret;
	char reason[LIBUFFD_FC_REASON_MAX];
};

/* Cut before a and before b. */
static struct verdict of_pieces(const char *text, size_t a, size_t b, int uffd)
{
	size_t cuts[] = {0, a, b, strlen(text)};
	struct line l = line_make();
	struct verdict v = {0};

	for (int i = 0; i < 3 && v.ret == 0; i++) {
		if (cuts[i] == cuts[i + 1])
			continue;
		EXPECT(uffd_fdpass_send(l.vmm, text + cuts[i], cuts[i + 1] - cuts[i], &uffd,
					cuts[i] == 0),
		       0);
		v.ret = uffd_fc_receive(l.receiver);
	}
	strcpy(v.reason, uffd_fc_reason(l.receiver));
	line_free(&l);
	return v;
}

static void verdict_is_the_same(void)
{
	int uffd = vmm_uffd();

	for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++) {
		struct verdict whole = of_pieces(texts[t], 0, 0, uffd);
		size_t length = strlen(texts[t]);

		ck_assert_int_ne(whole.ret, 0);
		for (size_t a = 1; a < length; a++)
			for (size_t b = a; b < length; b = b == a ? a + 1 : b + 17) {
				struct verdict v = of_pieces(texts[t], a, b, uffd);

				ck_assert_int_eq(v.ret, whole.ret);
				ck_assert_str_eq(v.reason, whole.reason);
			}
	}
	close(uffd);
}

TEST_MAIN(verdict_is_the_same)
