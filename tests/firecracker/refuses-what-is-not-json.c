/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What is not JSON is no handshake, and the reason says where. */
#include "firecracker.h"

#define WITH(field) "[" OBJECT("\"offset\":0," field) "]"
/* With a NUL in it. */
#define BYTES(text, error, reason)                                                                 \
	{                                                                                          \
		text, error, reason, sizeof(text) - 1                                              \
	}

static const struct bad_text texts[] = {
	{"hello", -EBADMSG, "byte 0: 'h' cannot be there, before the array"},
	{"{}", -EBADMSG, "byte 0: '{'"},
	{"null", -EBADMSG, "byte 0: 'n'"},
	{"5", -EBADMSG, "byte 0: '5'"},
	{"\"[]\"", -EBADMSG, "byte 0: '\"'"},
	{"\xef\xbb\xbf[" REGION "]", -EBADMSG, "byte 0: 0xef"},
	BYTES("\0[" REGION "]", -EBADMSG, "byte 0: 0x00"),
	BYTES("[\0" REGION "]", -EBADMSG, "byte 1: 0x00"),
	BYTES("[" REGION "]\0", -EBADMSG, "0x00 cannot be there, behind the array"),
	BYTES(WITH("\"a\0\":1"), -EBADMSG, "0x00"),
	BYTES(WITH("\"a\":1\0"), -EBADMSG, "0x00"),
	{"[" REGION "]]", -EBADMSG, "']' cannot be there, behind the array"},
	{"[" REGION "][" REGION "]", -EBADMSG, "'[' cannot be there, behind the array"},
	{"[" REGION "] x", -EBADMSG, "'x' cannot be there, behind the array"},
	{"[" REGION "]\f", -EBADMSG, "0x0c"},
	{"[\v" REGION "]", -EBADMSG, "0x0b"},
	{"[{},]", -EBADMSG, "byte 4: "},
	{"[,{}]", -EBADMSG, "byte 1: "},
	{"[{}{}]", -EBADMSG, "byte 3: "},
	{"[}", -EBADMSG, "byte 1: "},
	{"[{]", -EBADMSG, "byte 2: "},
	{"[{}}", -EBADMSG, "byte 3: "},
	{"[{\"size\"}]", -EBADMSG, "byte 8: "},
	{"[{\"size\":}]", -EBADMSG, "byte 9: "},
	{"[{\"size\" 5}]", -EBADMSG, "byte 9: "},
	{"[{\"size\":1,}]", -EBADMSG, "byte 11: "},
	{"[{size:5}]", -EBADMSG, "byte 2: 's'"},
	{"[{'size':5}]", -EBADMSG, "byte 2: '''"},
	{"[{5:5}]", -EBADMSG, "byte 3: ':'"},
	{"[{5 :5}]", -EBADMSG, "byte 2: "},
	{"[/**/" REGION "]", -EBADMSG, "byte 1: '/'"},
	{"[//\n" REGION "]", -EBADMSG, "byte 1: '/'"},
	{WITH("\"a\":True"), -EBADMSG, "'T'"},
	{WITH("\"a\":truE"), -EBADMSG, "'E'"},
	{WITH("\"a\":nul"), -EBADMSG, "'}'"},
	{WITH("\"a\":nulll"), -EBADMSG, "'l'"},
	{WITH("\"a\":NaN"), -EBADMSG, "'N'"},
	{WITH("\"a\":nan"), -EBADMSG, "'a'"},
	{WITH("\"a\":Infinity"), -EBADMSG, "'I'"},
	{WITH("\"a\":-Infinity"), -EBADMSG, "'I'"},
	{WITH("\"a\":+1"), -EBADMSG, "'+'"},
	{WITH("\"a\":.5"), -EBADMSG, "'.'"},
	{WITH("\"a\":1."), -EBADMSG, "'}'"},
	{WITH("\"a\":1.e5"), -EBADMSG, "'e'"},
	{WITH("\"a\":1e"), -EBADMSG, "'}'"},
	{WITH("\"a\":1e+"), -EBADMSG, "'}'"},
	{WITH("\"a\":1e5.5"), -EBADMSG, "'.'"},
	{WITH("\"a\":-"), -EBADMSG, "'}'"},
	{WITH("\"a\":--1"), -EBADMSG, "'-'"},
	{WITH("\"a\":1-2"), -EBADMSG, "'-'"},
	{WITH("\"a\":00"), -EBADMSG, "'0'"},
	{WITH("\"a\":01"), -EBADMSG, "'1'"},
	{WITH("\"a\":-01"), -EBADMSG, "'1'"},
	{WITH("\"a\":0x10"), -EBADMSG, "'x'"},
	{WITH("\"a\":1true"), -EBADMSG, "'t'"},
	{WITH("\"a\":1\"b\""), -EBADMSG, "'\"'"},
	{WITH("\"a\":\"\n\""), -EBADMSG, "0x0a"},
	{WITH("\"a\":\"\\x41\""), -EBADMSG, "'x'"},
	{WITH("\"a\":\"\\u00g0\""), -EBADMSG, "'g'"},
	{WITH("\"a\":\"\\u0041\\u00g0\""), -EBADMSG, "'g'"},
	{WITH("\"a\":\"\xff\""), -EBADMSG, "utf-8"},
	{WITH("\"a\":\"\x80\""), -EBADMSG, "utf-8"},
	{WITH("\"a\":\"\xc3\""), -EBADMSG, "utf-8"},
	{"[\xc3\xa4]", -EBADMSG, "byte 1: 0xc3"},
	/* A key with a NUL in it would be cut there. */
	{WITH("\"page_size\\u0000\":2097152"), -EBADMSG, "':'"},
	{WITH("\"page_siz\\u0065\\u0000\":2097152"), -EBADMSG, "':'"},
};

static void refuses_what_is_too_deep(void)
{
	struct bad_text deep = {NULL, -EBADMSG, "nesting too deep", 0};
	char text[4096];

	memset(text, '[', sizeof(text));
	memset(text + sizeof(text) / 2, ']', sizeof(text) / 2);
	deep.text = text;
	deep.length = sizeof(text);
	expect_refused(&deep);
}

static void refuses_what_is_not_json(void)
{
	EXPECT_REFUSED(texts);
	refuses_what_is_too_deep();
}

TEST_MAIN(refuses_what_is_not_json)
