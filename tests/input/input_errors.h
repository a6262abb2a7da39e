/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Numbers that a program's callback may fail with; some mean something to the library itself. */
#ifndef INPUT_ERRORS_H
#define INPUT_ERRORS_H

#include <errno.h>
#include <limits.h>

static const int input_errors[] = {
	-EIO,        -ENOENT,    -ESRCH,  -EAGAIN,    -EINTR,   -EEXIST, -ENOMEM,
	-EFAULT,     -EINVAL,    -EPERM,  -EBUSY,     -ENOLCK,  -ECHILD, -EALREADY,
	-EOPNOTSUPP, -EHWPOISON, -ENOSPC, -ETIMEDOUT, -EDEADLK, -1000,   INT_MIN,
};
#define INPUT_ERRORS (sizeof(input_errors) / sizeof(input_errors[0]))

#endif
