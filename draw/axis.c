/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: from a value to a pixel. See axis.h.
 * Must never: overflow, whatever the values.
 */
#include "axis.h"

int axis_at(const struct axis *a, uint64_t value)
{
	double share;

	if (value <= a->low)
		return a->from;
	if (value >= a->high)
		return a->to;
	share = (double)(value - a->low) / (double)(a->high - a->low);
	return a->from + (int)(share * (a->to - a->from) + (a->to < a->from ? -0.5 : 0.5));
}

uint64_t axis_binary_step(uint64_t span, unsigned int lines)
{
	uint64_t step = 1;

	while (step < UINT64_C(1) << 63 && span / step > lines)
		step <<= 1;
	return step;
}

uint64_t axis_decimal_step(uint64_t span, unsigned int lines)
{
	uint64_t ten = 1;

	for (;;) {
		if (span / ten <= lines)
			return ten;
		if (span / ten / 2 <= lines)
			return 2 * ten;
		if (span / ten / 5 <= lines)
			return 5 * ten;
		ten *= 10; /* lines of at least 4 end it before it overflows */
	}
}

uint64_t axis_first(const struct axis *a)
{
	uint64_t rest = a->low % a->step;

	if (rest == 0)
		return a->low;
	return a->low > UINT64_MAX - (a->step - rest) ? UINT64_MAX : a->low + (a->step - rest);
}

uint64_t axis_next(const struct axis *a, uint64_t value)
{
	return value < a->high && a->high - value >= a->step ? value + a->step : 0;
}
