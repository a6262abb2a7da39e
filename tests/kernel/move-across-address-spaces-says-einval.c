/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * MOVE in another process's memory is EINVAL with the field untouched, also when that process is
 * dead, where the other fill ioctls are ESRCH. COPY there works.
 */
#include "expect.h"
#include "process.h"

static void move_across_address_spaces(void)
{
	struct owner o;
	uint8_t *from;

	owner_start(&o, UFFD_FEATURE_MOVE, UFFDIO_REGISTER_MODE_MISSING, 2);
	from = pattern_make(&o.memory, 5);
	EXPECT_ANSWER(ask_move(o.fd, page_at(&o.memory, 0), from, o.memory.page, 0), -EINVAL,
		      UNTOUCHED);
	EXPECT_ANSWER(ask_copy(o.fd, page_at(&o.memory, 0), from, o.memory.page, 0), 0,
		      o.memory.page);
	owner_end(&o);
	EXPECT_ANSWER(ask_move(o.fd, page_at(&o.memory, 1), from, o.memory.page, 0), -EINVAL,
		      UNTOUCHED);
	pattern_free(&o.memory, from);
	close(o.fd);
}
TEST_MAIN(move_across_address_spaces)
