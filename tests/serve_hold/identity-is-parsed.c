/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Names, numbers and groups; the group of a name is its own. What is not understood changes
 * nothing.
 */
#include "support.h"

#include <grp.h>
#include <pwd.h>

#include "serve/privileges.h"

static void parsed(const char *text, uid_t uid, gid_t gid)
{
	struct identity identity = {7, 7};

	ck_assert_msg(identity_parse(text, &identity) == 0, "%s", text);
	ck_assert_uint_eq(identity.uid, uid);
	ck_assert_uint_eq(identity.gid, gid);
}

static void refused(const char *text, int error)
{
	struct identity identity = {7, 8};

	ck_assert_msg(identity_parse(text, &identity) == error, "%s", text);
	ck_assert_uint_eq(identity.uid, 7);
	ck_assert_uint_eq(identity.gid, 8);
}

static void identity_is_parsed(void)
{
	const struct passwd *root = getpwuid(0);
	char text[300], name[64];
	gid_t own;

	if (!root || !getgrgid(0))
		test_skip("no user or group has the number 0 here");
	snprintf(name, sizeof(name), "%s", root->pw_name);
	own = root->pw_gid;
	parsed(name, 0, own);
	parsed("0", 0, own);
	snprintf(text, sizeof(text), "%s:4321", name);
	parsed(text, 0, 4321);
	snprintf(text, sizeof(text), "54321:%s", getgrgid(0)->gr_name);
	parsed(text, 54321, 0);
	parsed("54321:4321", 54321, 4321);
	parsed("4294967294:4294967294", 4294967294u, 4294967294u);

	refused("", -EINVAL);
	refused(":", -EINVAL);
	refused(":0", -EINVAL);
	refused("0:", -EINVAL);
	refused("0:0:0", -EINVAL);
	refused("no-such-user-is-here", -ENOENT);
	refused("0:no-such-group-is-here", -ENOENT);
	refused("4294967294", -ENOENT); /* whose group? */
	refused("4294967295:0", -EINVAL);
	refused("0:4294967295", -EINVAL);
	refused("99999999999999999999:0", -EINVAL);
	refused("-1:0", -ENOENT);
	refused(" 0:0", -ENOENT);
	memset(text, 'u', sizeof(text));
	text[sizeof(text) - 1] = 0;
	refused(text, -EINVAL);
	endpwent();
	endgrent();
}

TEST_MAIN(identity_is_parsed)
