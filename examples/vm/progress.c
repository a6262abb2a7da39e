/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the bar. Must never: print more often than progress.h says. */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 50

static void draw(const struct progress *progress)
{
	static const char full[] = "##################################################";
	int cells = (int)progress->shown * WIDTH / 100;

	printf("\r%s [%.*s%*s] %3u %%", progress->what, cells, full, WIDTH - cells, "",
	       progress->shown);
	fflush(stdout);
}

void progress_begin(struct progress *progress, const char *what, uint64_t total)
{
	*progress = (struct progress){
		.what = what,
		.total = total ? total : 1,
		.terminal = isatty(STDOUT_FILENO) == 1,
	};
	if (progress->terminal)
		draw(progress);
}

void progress_show(struct progress *progress, uint64_t done)
{
	unsigned int percent = (unsigned int)(done * 100 / progress->total);

	if (!progress->terminal)
		percent -= percent % 10;
	if (percent <= progress->shown)
		return;
	progress->shown = percent;
	if (progress->terminal)
		draw(progress);
	else
		printf("%s: %u %%\n", progress->what, percent);
	fflush(stdout);
}

void progress_end(struct progress *progress)
{
	if (progress->terminal)
		printf("\r%*s\r", (int)strlen(progress->what) + WIDTH + 9, "");
	fflush(stdout);
}
