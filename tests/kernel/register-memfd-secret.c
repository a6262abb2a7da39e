/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* memfd_secret registers WP while WP_ASYNC is on, and in no other mode. */
#include "expect.h"
#include "registration.h"

#include <sys/syscall.h>

static void secret_memory(void)
{
	static const struct registration wanted = {
		.missing = -EINVAL, .minor = -EINVAL, .wp = -EINVAL};
	struct test_memory m = {.page = (size_t)sysconf(_SC_PAGESIZE)};

	m.fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	if (m.fd < 0)
		test_skip("memfd_secret: %s", strerror(errno));
	m.length = 2 * m.page;
	ck_assert_int_eq(ftruncate(m.fd, (off_t)m.length), 0);
	m.at = mmap(NULL, m.length, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
	if (m.at == MAP_FAILED)
		test_skip("mmap of a memfd_secret: %s", strerror(errno));
	expect_registration(&m, &wanted);
	test_memory_free(&m);
}
TEST_MAIN(secret_memory)
